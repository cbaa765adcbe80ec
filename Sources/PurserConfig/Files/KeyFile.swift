internal import LibCrypto
public import PurserCore

/// The file of the master keys.
///
/// Text: the line `purser-key-v1`, then a line for each key with its number, 64 hex digits,
/// perhaps `made=` and the Unix seconds at which it was made, and the word `current` for the one
/// that signs and seals from now on. Empty lines and lines that start with `#` say nothing. Mode
/// 0600.
public enum KeyFile {
  /// The first line.
  public static let header = "purser-key-v1"
  /// The most keys in one file.
  public static let maximumKeys = 64
  /// The greatest number that a new key gets, so that JSON has it exactly: 2^53−1.
  public static let greatestNumber: UInt64 = (1 << 53) - 1

  /// Makes a new file with one fresh random key, number 1, and gives its keyring.
  ///
  /// The file says that it was made at `madeAt`, in Unix seconds, where that is given.
  /// - Throws: ``ConfigError/exists(path:)`` when anything has that path, which stays as it is;
  ///   ``ConfigError/unwritable(path:code:)``.
  @discardableResult
  public static func create(
    _ path: String, madeAt: UInt64? = nil
  ) throws(ConfigError) -> Keyring {
    var key = randomBytes(32)
    defer { wipe(&key) }
    var text = Array(
      """
      \(header)
      # Purser's master keys. Whoever has them can mint any grant and open the vault: keep a copy
      # in a safe place, and show them to nobody.
      \(KeyTable.line(1, key, madeAt: madeAt)) current

      """.utf8)
    defer { wipe(&text) }
    guard let keyring = Keyring(keys: [1: key], currentKeyID: 1) else {
      preconditionFailure("a fresh key has 32 bytes")
    }
    try PlainFile.create(path, text)
    return keyring
  }

  /// The keys in the file at `path`.
  /// - Throws: ``ConfigError`` as ``SecretFile/read(_:)`` does, and
  ///   ``ConfigError/keyFile(path:line:fault:)``.
  public static func load(_ path: String) throws(ConfigError) -> Keyring {
    var bytes = try SecretFile.read(path)
    defer { wipe(&bytes) }
    return try parse(bytes, path: path)
  }

  static func parse(_ bytes: [UInt8], path: String) throws(ConfigError) -> Keyring {
    try KeyTable(parsing: bytes, path: path).keyring
  }
}
