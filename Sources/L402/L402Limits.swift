/// The bounds within which input from outside is read.
public enum L402Limits {
  /// The longest header value, in bytes.
  public static let headerLength = 65_536
  /// The most values of one header that are looked at.
  public static let headerCount = 32
  /// The most challenges that are read from one value.
  public static let challengesPerHeader = 64
  /// The most parameters of one challenge.
  public static let parametersPerChallenge = 64
  /// The longest token, as text, in bytes.
  public static let tokenLength = 32_768
  /// The longest invoice, in bytes.
  public static let invoiceLength = 8_192
  /// The longest `version` parameter, in bytes.
  public static let versionLength = 32
  /// The most tokens in one credential.
  public static let tokensPerCredential = 8
}
