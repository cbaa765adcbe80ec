internal import FoundationEssentials
public import PurserCore

/// The wall clock of this machine.
public enum SystemClock {
  /// The time now.
  @Sendable public static func now() -> Timestamp {
    Timestamp(milliseconds: UInt64(max(0, Date().timeIntervalSince1970 * 1000)))
  }
}
