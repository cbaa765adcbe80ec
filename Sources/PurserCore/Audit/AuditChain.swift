public import LibCrypto

/// The hash chain of the audit log.
public enum AuditChain {
  /// What the first event's hash follows: 32 zero bytes.
  public static let start = SHA256Digest.zero

  /// `SHA-256(previous ‖ canonical text)`.
  public static func hash(after previous: SHA256Digest, text: ArraySlice<UInt8>) -> SHA256Digest {
    var hash = SHA256()
    hash.update(previous)
    hash.update(text)
    return hash.digest()
  }
}
