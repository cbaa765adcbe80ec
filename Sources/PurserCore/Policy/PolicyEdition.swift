/// A policy as it was read, with what tells one reading from another.
public struct PolicyEdition: Sendable, Equatable {
  /// A file that it was read from.
  public struct File: Sendable, Equatable {
    /// Its name, without the directory.
    public let name: String
    /// SHA-256 of its bytes, in hex.
    public let digest: String

    /// A file of this name and content.
    public init(name: String, digest: String) {
      self.name = name
      self.digest = digest
    }
  }

  /// What it says.
  public let policy: Policy
  /// Where it says so, in the order in which they were read; empty for one that is in no file.
  public let files: [File]

  /// What `files` say.
  public init(policy: Policy, files: [File] = []) {
    self.policy = policy
    self.files = files
  }
}
