internal import Glibc
internal import LibCrypto
public import PurserCore

/// The file of the key that signs checkpoints of the audit log.
///
/// Text: the line `purser-audit-key-v1`, then the line `PRIVATE+KEY+name+hash+base64` of the key
/// that signs, and a line `name+hash+base64` for each public key that signed before. Empty lines
/// and lines that start with `#` say nothing. Mode 0600.
public enum AuditKeyFile {
  /// The first line.
  public static let header = "purser-audit-key-v1"
  /// The most keys in one file.
  public static let maximumKeys = 64

  /// Makes a new file with one fresh random key, and gives it.
  /// - Throws: ``ConfigError/exists(path:)`` when anything has that path, which stays as it is;
  ///   ``ConfigError/unwritable(path:code:)``.
  @discardableResult
  public static func create(_ path: String) throws(ConfigError) -> AuditKeys {
    var key = randomBytes(32)
    defer { wipe(&key) }
    guard let signer = try? AuditKeys.signer(privateKey: key) else {
      preconditionFailure("a fresh key has 32 bytes")
    }
    var text = Array(
      """
      \(header)
      # Signs checkpoints of the audit log. Whoever has it can sign a log that never was: keep it
      # from those who could edit the database. The public key: purser audit key
      \(signer.secretText)

      """.utf8)
    defer { wipe(&text) }
    try PlainFile.create(path, text)
    return AuditKeys(signer: signer)
  }

  /// The keys in the file at `path`.
  /// - Throws: ``ConfigError`` as ``SecretFile/read(_:)`` does, and
  ///   ``ConfigError/auditKeyFile(path:line:fault:)``.
  public static func load(_ path: String) throws(ConfigError) -> AuditKeys {
    var bytes = try SecretFile.read(path)
    defer { wipe(&bytes) }
    return try parse(bytes, path: path)
  }

  /// The keys in the file at `path`, which is made where there is none.
  /// - Throws: ``ConfigError`` as ``load(_:)`` and ``create(_:)`` do.
  public static func loadOrCreate(_ path: String) throws(ConfigError) -> AuditKeys {
    do throws(ConfigError) { return try load(path) } catch {
      guard case .unreadable(_, code: ENOENT) = error else { throw error }
    }
    return try create(path)
  }

  static func parse(_ bytes: [UInt8], path: String) throws(ConfigError) -> AuditKeys {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.first, first.elementsEqual(header.utf8) else {
      throw .auditKeyFile(path: path, line: 1, fault: .notAKeyFile)
    }
    var signer: NoteSigner?
    var retired: [NoteKey] = []
    for (index, line) in lines.enumerated().dropFirst() {
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      do throws(AuditKeyFileFault) {
        guard let text = String(validating: line, as: UTF8.self) else { throw .notAKey }
        if let key = try? NoteSigner(parsing: text) {
          guard signer == nil else { throw .secondSigner }
          signer = key
        } else if let key = try? NoteKey(parsing: text) {
          guard retired.count < maximumKeys else { throw .tooManyKeys }
          retired.append(key)
        } else {
          throw .notAKey
        }
      } catch { throw .auditKeyFile(path: path, line: index + 1, fault: error) }
    }
    guard let signer else {
      throw .auditKeyFile(path: path, line: lines.count, fault: .noSigner)
    }
    return AuditKeys(signer: signer, retired: retired)
  }
}

/// What is wrong with a line of an audit key file.
public enum AuditKeyFileFault: Error, Sendable, Equatable {
  /// The first line is not `purser-audit-key-v1`.
  case notAKeyFile
  /// Neither a private nor a public key.
  case notAKey
  /// A second private key.
  case secondSigner
  /// No private key; the line is the last one.
  case noSigner
  /// More keys than a file may hold.
  case tooManyKeys
}

extension AuditKeyFileFault: CustomStringConvertible {
  /// What is wrong, in words; never the key.
  public var description: String {
    switch self {
    case .notAKeyFile: "not an audit key file: the first line of one is \(AuditKeyFile.header)"
    case .notAKey: "not a key: a line is PRIVATE+KEY+name+hash+base64, or name+hash+base64"
    case .secondSigner: "a second private key; only one can sign"
    case .noSigner: "no private key"
    case .tooManyKeys: "more than \(AuditKeyFile.maximumKeys) keys"
    }
  }
}
