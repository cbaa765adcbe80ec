internal import PurserCore
internal import Synchronization

/// The payments that a task of this process is seeing to.
///
/// Any other payment that is not final has nobody: its task ended without being able to write down
/// what became of it, and it must be looked up.
final class PaymentsInHand: Sendable {
  private let holds = Mutex<Set<HoldID>>([])

  /// Takes a payment in hand, before it has a row.
  func take(_ hold: HoldID) { holds.withLock { _ = $0.insert(hold) } }

  /// Lets go of it, after its last row was written, or could not be.
  func release(_ hold: HoldID) { holds.withLock { _ = $0.remove(hold) } }

  /// Whether a task is seeing to it.
  func contains(_ hold: HoldID) -> Bool { holds.withLock { $0.contains(hold) } }
}
