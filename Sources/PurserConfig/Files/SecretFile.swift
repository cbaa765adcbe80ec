internal import Glibc
internal import LibCrypto

/// Files that hold a secret, such as a wallet's key.
///
/// Such a file is a regular file of ours or of root's, and nobody else may open it.
public enum SecretFile {
  /// The largest secret, in bytes.
  public static let maximumLength = 65_536

  /// The bytes of the secret at `path`.
  /// - Throws: ``ConfigError`` when the file is missing, larger than ``maximumLength``, not a
  ///   regular file, another user's, or open to group or others; the text of the last says which
  ///   `chmod` mends it.
  public static func read(_ path: String) throws(ConfigError) -> [UInt8] {
    try PlainFile.read(path, maximum: maximumLength) { status throws(ConfigError) in
      try check(status, of: path)
    }
  }

  /// Makes a new file of mode 0600 with `bytes`, on disk when this returns.
  /// - Throws: ``ConfigError`` when there is such a file already, which stays as it is, and when it
  ///   cannot be written.
  public static func create(_ path: String, _ bytes: [UInt8]) throws(ConfigError) {
    try PlainFile.create(path, bytes)
  }

  /// Refuses a secret that others may open, and one of another user, unless `isRoot` says that it is
  /// root who changes it for that user.
  static func check(
    _ status: PlainFile.Status, of path: String, isRoot: Bool = false
  ) throws(ConfigError) {
    guard status.owner == geteuid() || status.owner == 0 || isRoot else {
      throw .secretOfAnotherUser(path: path, owner: status.owner)
    }
    guard status.mode & 0o077 == 0 else {
      throw .secretOpenToOthers(path: path, mode: status.mode)
    }
  }

  /// The secret at `path` when it is one line of printable ASCII, without its line break.
  /// - Throws: ``ConfigError`` as ``read(_:)`` does, and ``ConfigError/notOneLine(path:)``.
  public static func readLine(_ path: String) throws(ConfigError) -> String {
    var bytes = try read(path)
    defer { wipe(&bytes) }
    var line = bytes[...]
    if line.last == UInt8(ascii: "\n") { line.removeLast() }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    guard !line.isEmpty, line.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw .notOneLine(path: path)
    }
    return String(decoding: line, as: UTF8.self)
  }
}
