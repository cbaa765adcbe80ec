internal import LibCrypto

/// Why a key of signed notes was not taken.
public enum NoteKeyError: Error, Equatable, Sendable {
  /// It has not the form `name+hash+base64`.
  case malformed
  /// The name is empty, longer than 255 bytes, or holds a space, a plus or a control.
  case badName
  /// The key is of another kind than Ed25519 (kind 1).
  case otherKind
  /// The hash is not that of name and key: a character was lost or changed.
  case wrongHash
}

extension NoteKeyError: CustomStringConvertible {
  /// What is wrong, in one line.
  public var description: String {
    switch self {
    case .malformed: "it has not the form name+hash+base64"
    case .badName: "its name is empty, too long, or holds a space, a plus or a control"
    case .otherKind: "it is no Ed25519 key"
    case .wrongHash: "its hash does not fit: a character was lost or changed"
    }
  }
}

/// The public key of whoever signs notes (C2SP signed-note): a name and an Ed25519 key.
public struct NoteKey: Sendable, Hashable {
  /// The longest name, in bytes.
  public static let maximumNameLength = 255
  /// The kind of an Ed25519 key and its signatures.
  static let kind: UInt8 = 1

  /// Whose key it is; a name without spaces and pluses.
  public let name: String
  /// The Ed25519 public key, 32 bytes.
  public let publicKey: [UInt8]
  /// The first four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`.
  public let id: UInt32

  /// The key of these parts.
  /// - Throws: ``NoteKeyError/badName``, or ``NoteKeyError/malformed`` for a key of another length.
  public init(name: String, publicKey: [UInt8]) throws(NoteKeyError) {
    guard Self.isName(name) else { throw .badName }
    guard publicKey.count == Ed25519.keyLength else { throw .malformed }
    self.name = name
    self.publicKey = publicKey
    let hash = SHA256.hash(Array(name.utf8) + [0x0a, Self.kind] + publicKey)
    id = hash.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Reads the form `name+hash+base64(0x01 ‖ public key)`.
  /// - Throws: ``NoteKeyError``.
  public init(parsing text: some StringProtocol) throws(NoteKeyError) {
    let parts = try NoteKeyParts(text)
    try self.init(name: parts.name, publicKey: parts.key)
    guard parts.id == id else { throw .wrongHash }
  }

  /// The form `name+hash+base64(0x01 ‖ public key)`, called a vkey.
  public var text: String { Self.text(name: name, id: id, key: publicKey) }

  /// Whether `signature` is one of `text` by the owner of this key.
  public func verifies(_ signature: [UInt8], of text: String) -> Bool {
    Ed25519.verify(signature, of: Array(text.utf8), publicKey: publicKey)
  }

  static func text(name: String, id: UInt32, key: [UInt8]) -> String {
    let hash = (0..<4).map { UInt8(truncatingIfNeeded: id >> UInt32(24 - 8 * $0)) }
    return "\(name)+\(Hex.encode(hash))+\(Base64.encode([kind] + key, .standard))"
  }

  static func isName(_ text: some StringProtocol) -> Bool {
    (1...maximumNameLength).contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy { scalar in
        scalar != "+" && !scalar.properties.isWhitespace
          && scalar.properties.generalCategory != .control
      }
  }
}

/// The private key of whoever signs notes.
public struct NoteSigner: Sendable {
  private static let prefix = "PRIVATE+KEY+"

  /// What its signatures are checked with.
  public let key: NoteKey
  private let seed: [UInt8]

  /// The signer `name` with an Ed25519 private key of 32 bytes.
  /// - Throws: ``NoteKeyError``.
  public init(name: String, privateKey: [UInt8]) throws(NoteKeyError) {
    guard let publicKey = try? Ed25519.publicKey(privateKey: privateKey) else { throw .malformed }
    key = try NoteKey(name: name, publicKey: publicKey)
    seed = privateKey
  }

  /// Reads the form `PRIVATE+KEY+name+hash+base64(0x01 ‖ private key)`.
  /// - Throws: ``NoteKeyError``.
  public init(parsing text: some StringProtocol) throws(NoteKeyError) {
    guard text.hasPrefix(Self.prefix) else { throw .malformed }
    let parts = try NoteKeyParts(text.dropFirst(Self.prefix.count))
    try self.init(name: parts.name, privateKey: parts.key)
    guard parts.id == key.id else { throw .wrongHash }
  }

  /// The form `PRIVATE+KEY+name+hash+base64(0x01 ‖ private key)`: a secret.
  public var secretText: String {
    Self.prefix + NoteKey.text(name: key.name, id: key.id, key: seed)
  }

  /// The signature of `text`, 64 bytes.
  public func signature(of text: String) -> [UInt8] {
    guard let signature = try? Ed25519.sign(Array(text.utf8), privateKey: seed) else {
      preconditionFailure("the length of the key was checked")
    }
    return signature
  }
}

/// The parts of either form of key.
private struct NoteKeyParts {
  let name: String
  let id: UInt32
  let key: [UInt8]

  init(_ text: some StringProtocol) throws(NoteKeyError) {
    // The base64 may hold a plus: only the first two part.
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].utf8.count == 8, let hash = Hex.decode(parts[1]),
      Hex.encode(hash) == parts[1], let bytes = StrictBase64.decode(parts[2]),
      let kind = bytes.first
    else { throw .malformed }
    guard kind == NoteKey.kind else { throw .otherKind }
    name = String(parts[0])
    id = hash.reduce(0) { $0 << 8 | UInt32($1) }
    key = Array(bytes.dropFirst())
  }
}

/// Base64 of the standard alphabet with its padding, and no other spelling.
enum StrictBase64 {
  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    guard let bytes = Base64.decode(text), Base64.encode(bytes, .standard) == text else {
      return nil
    }
    return bytes
  }

  static func decodeHash(_ text: some StringProtocol) -> SHA256Digest? {
    decode(text).flatMap { SHA256Digest($0) }
  }
}
