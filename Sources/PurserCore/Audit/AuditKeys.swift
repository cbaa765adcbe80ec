internal import LibCrypto

/// The key that signs checkpoints of the audit log now, and those that signed earlier ones.
public struct AuditKeys: Sendable {
  /// Signs from now on; its name is also the log's.
  public let signer: NoteSigner
  /// Keys that signed checkpoints which are still in the log.
  public let retired: [NoteKey]

  /// The keys `signer` and `retired`.
  public init(signer: NoteSigner, retired: [NoteKey] = []) {
    self.signer = signer
    self.retired = retired
  }

  /// Every key that checkpoints may be signed by.
  public var all: [NoteKey] { [signer.key] + retired }

  /// A signer with an Ed25519 private key of 32 bytes, whose name follows from its public key, so
  /// that no two logs have the same.
  /// - Throws: ``NoteKeyError/malformed`` for a key of another length.
  public static func signer(privateKey: [UInt8]) throws(NoteKeyError) -> NoteSigner {
    guard let publicKey = try? Ed25519.publicKey(privateKey: privateKey) else { throw .malformed }
    let word = Hex.encode(SHA256.hash(publicKey).prefix(8))
    return try NoteSigner(name: "purser-audit/\(word)", privateKey: privateKey)
  }
}
