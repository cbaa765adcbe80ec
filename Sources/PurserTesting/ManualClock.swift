public import PurserCore
internal import Synchronization

/// A wall clock that moves when it is told to.
public final class ManualClock: Sendable {
  private let milliseconds: Mutex<UInt64>

  /// A clock that shows 1,800,000,000 seconds after the epoch.
  public init() { milliseconds = Mutex(1_800_000_000_000) }

  /// What it shows.
  public func now() -> Timestamp {
    milliseconds.withLock { Timestamp(milliseconds: $0) }
  }

  /// Moves it, backwards for a negative number.
  public func move(milliseconds change: Int64) {
    milliseconds.withLock { time in
      time = change < 0 ? time - change.magnitude : time + change.magnitude
    }
  }
}
