/// The bounds that every macaroon keeps, parsed or made here.
public enum MacaroonLimits {
  /// The greatest length of one identifier, condition, location or verification id, in bytes.
  public static let fieldBytes = 65_535
  /// The greatest sum of the lengths of all fields of one macaroon, in bytes.
  public static let totalBytes = 262_144
  /// The greatest number of caveats in one macaroon.
  public static let caveats = 1_024
  /// The greatest length of a serialized macaroon in any format and spelling, in bytes.
  public static let inputBytes = 1_048_576
}
