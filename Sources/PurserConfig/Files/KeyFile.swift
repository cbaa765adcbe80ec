internal import LibCrypto
public import PurserCore

/// The file of the master keys.
///
/// Text: the line `purser-key-v1`, then a line for each key with its number, 64 hex digits, and
/// the word `current` for the one that signs and seals from now on. Empty lines and lines that
/// start with `#` say nothing. Mode 0600.
public enum KeyFile {
  /// The first line.
  public static let header = "purser-key-v1"
  /// The most keys in one file.
  public static let maximumKeys = 64

  /// Makes a new file with one fresh random key, number 1, and gives its keyring.
  /// - Throws: ``ConfigError/exists(path:)`` when anything has that path, which stays as it is;
  ///   ``ConfigError/unwritable(path:code:)``.
  @discardableResult
  public static func create(_ path: String) throws(ConfigError) -> Keyring {
    var key = randomBytes(32)
    defer { wipe(&key) }
    var text = Array(
      """
      \(header)
      # Purser's master keys. Whoever has them can mint any grant and open the vault: keep a copy
      # in a safe place, and show them to nobody.
      1 \(Hex.encode(key)) current

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
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.first, first.elementsEqual(header.utf8) else {
      throw .keyFile(path: path, line: 1, fault: .notAKeyFile)
    }
    var contents = Contents()
    for (index, line) in lines.enumerated().dropFirst() {
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      do throws(KeyFileFault) {
        try contents.add(line)
      } catch { throw .keyFile(path: path, line: index + 1, fault: error) }
    }
    guard let current = contents.current,
      let keyring = Keyring(keys: contents.keys, currentKeyID: current)
    else { throw .keyFile(path: path, line: lines.count, fault: .noCurrent) }
    return keyring
  }

  /// What has been read of a file.
  private struct Contents {
    var keys: [UInt64: [UInt8]] = [:]
    var current: UInt64?

    mutating func add(_ line: ArraySlice<UInt8>) throws(KeyFileFault) {
      let words = line.split(separator: UInt8(ascii: " "))
        .map { String(decoding: $0, as: UTF8.self) }
      let isCurrent = words.count == 3 && words[2] == "current"
      guard words.count == 2 || isCurrent, let number = Decimal.parse(words[0]),
        let key = Hex.decode(words[1]), key.count == 32
      else { throw .notAKey }
      guard keys[number] == nil else { throw .repeatedNumber(number) }
      guard keys.count < KeyFile.maximumKeys else { throw .tooManyKeys }
      guard !isCurrent || current == nil else { throw .secondCurrent }
      keys[number] = key
      if isCurrent { current = number }
    }
  }
}
