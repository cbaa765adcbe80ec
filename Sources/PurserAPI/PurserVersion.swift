/// The version of the programs and of the API.
public enum PurserVersion {
  /// Semantic version.
  public static let current = "0.1.0"
}
