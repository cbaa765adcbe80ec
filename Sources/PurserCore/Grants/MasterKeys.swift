internal import Synchronization

/// The master keys that a daemon works with, which can be replaced while it runs.
///
/// Whoever needs keys takes ``current`` once and goes on with it, so that no step of a request sees
/// other keys than the step before.
public final class MasterKeys: Sendable {
  private let kept: Mutex<Keyring>
  private let replacements = Atomic<UInt64>(0)

  /// These keys, until they are replaced.
  public init(_ keyring: Keyring) { kept = Mutex(keyring) }

  /// The keys as they are now.
  public var current: Keyring { kept.withLock { $0 } }

  /// How often the keys were replaced: what was verified before is verified anew when this has
  /// changed.
  public var generation: UInt64 { replacements.load(ordering: .acquiring) }

  /// Replaces all keys at once.
  public func replace(with keyring: Keyring) {
    kept.withLock { $0 = keyring }
    replacements.add(1, ordering: .acquiringAndReleasing)
  }
}
