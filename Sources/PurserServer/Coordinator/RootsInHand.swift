internal import Synchronization

/// The credentials for one use that whoever bought them is about to be handed.
///
/// They are in the vault for a moment, where another request of the same grant must not find them.
final class RootsInHand: Sendable {
  private let hashes = Mutex<Set<[UInt8]>>([])

  /// Keeps what is paid under this hash for whoever pays it.
  func take(_ paymentHash: [UInt8]) { hashes.withLock { _ = $0.insert(paymentHash) } }

  /// Lets go of it, after it was handed out, or could not be.
  func release(_ paymentHash: [UInt8]) { hashes.withLock { _ = $0.remove(paymentHash) } }

  /// Whether it is kept for somebody.
  func contains(_ paymentHash: [UInt8]) -> Bool { hashes.withLock { $0.contains(paymentHash) } }
}
