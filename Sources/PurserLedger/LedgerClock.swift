internal import PurserCore
internal import Synchronization

/// The greater of the wall clock and the last time on disk, so that a clock set back opens nothing.
final class LedgerClock: Sendable {
  private let wallClock: @Sendable () -> Timestamp
  private let latestMilliseconds: Atomic<UInt64>
  /// The greatest number that JSON, and so the audit log, keeps exact.
  private static let greatest: UInt64 = (1 << 53) - 1

  init(wallClock: @escaping @Sendable () -> Timestamp) {
    self.wallClock = wallClock
    latestMilliseconds = Atomic(0)
  }

  /// The time; never earlier than one that was given out before.
  func now() -> Timestamp {
    advance(to: min(wallClock().milliseconds, Self.greatest))
  }

  /// Sees to it that no earlier time than `milliseconds` is given out.
  @discardableResult
  func advance(to milliseconds: UInt64) -> Timestamp {
    Timestamp(
      milliseconds: latestMilliseconds.max(milliseconds, ordering: .relaxed).newValue)
  }
}
