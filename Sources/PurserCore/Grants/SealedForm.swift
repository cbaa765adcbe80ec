/// The outside of a sealed record: what can be read of it without its key.
///
/// `version:u8 = 1 | key_id:u64 BE | salt:32 | nonce:12 | AES-256-GCM box`. Texts and ids that are
/// kept in the same places begin otherwise or are shorter.
public enum SealedForm {
  /// The first byte.
  public static let version: UInt8 = 1
  /// The length of the salt, in bytes.
  public static let saltLength = 32
  /// What stands before the box: version, number of the key, salt and nonce.
  public static let headerLength = 1 + 8 + saltLength + 12
  /// The least length: a header and the tag of an empty record.
  public static let minimumLength = headerLength + 16

  /// The number of the master key that `bytes` are sealed under; nil when they are not sealed.
  public static func keyID(of bytes: [UInt8]) -> UInt64? {
    guard bytes.count >= minimumLength, bytes[0] == version else { return nil }
    return bytes[1..<9].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The eight bytes of a key's number, the most significant first.
  public static func bytes(of keyID: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: keyID >> UInt64(56 - 8 * $0)) }
  }
}
