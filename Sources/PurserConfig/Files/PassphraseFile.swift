internal import LibCrypto
public import PurserCore

/// The file of what the operators' passphrase is checked with.
///
/// Text: the line `purser-passphrase-v1`, then one line as ``OperatorPassphrase/text`` has it. Empty
/// lines and lines that start with `#` say nothing. Mode 0600.
public enum PassphraseFile {
  /// The first line.
  public static let header = "purser-passphrase-v1"

  /// Makes a new file for `passphrase`.
  /// - Throws: ``ConfigError/exists(path:)`` when anything has that path, which stays as it is;
  ///   ``ConfigError/unwritable(path:code:)``.
  public static func create(
    _ path: String, _ passphrase: OperatorPassphrase
  ) throws(ConfigError) {
    var text = Array(
      """
      \(header)
      # What the operators' passphrase is checked with. It cannot be read from here, but guessed at.
      \(passphrase.text)

      """.utf8)
    defer { wipe(&text) }
    try PlainFile.create(path, text)
  }

  /// What the file at `path` checks with.
  /// - Throws: ``ConfigError`` as ``SecretFile/read(_:)`` does, and
  ///   ``ConfigError/passphraseFile(path:)``.
  public static func load(_ path: String) throws(ConfigError) -> OperatorPassphrase {
    var bytes = try SecretFile.read(path)
    defer { wipe(&bytes) }
    return try parse(bytes, path: path)
  }

  static func parse(_ bytes: [UInt8], path: String) throws(ConfigError) -> OperatorPassphrase {
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    let rest = lines.dropFirst().filter { $0.first != UInt8(ascii: "#") }
    guard let first = lines.first, first.elementsEqual(header.utf8), rest.count == 1,
      let passphrase = OperatorPassphrase(parsing: String(decoding: rest[0], as: UTF8.self))
    else { throw .passphraseFile(path: path) }
    return passphrase
  }
}
