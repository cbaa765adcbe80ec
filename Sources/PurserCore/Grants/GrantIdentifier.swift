/// The identifier inside a grant token: `version:u8 = 1 | key_id:u64 BE | grant_id:16 bytes`.
public struct GrantIdentifier: Sendable, Equatable {
  /// The number of the master key that signed the token.
  public let keyID: UInt64
  /// The id of the top-level node, the same whatever key signed it.
  public let grantID: NodeID

  private static let version: UInt8 = 1
  private static let length = 25

  /// The identifier of the grant `grantID` under the master key numbered `keyID`.
  public init(keyID: UInt64, grantID: NodeID) {
    self.keyID = keyID
    self.grantID = grantID
  }

  /// Reads 25 bytes; nil for another length or version.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.length, bytes.first == Self.version,
      let grantID = NodeID(bytes: bytes.suffix(16))
    else { return nil }
    keyID = bytes[1..<9].reduce(0) { $0 << 8 | UInt64($1) }
    self.grantID = grantID
  }

  /// The 25 bytes.
  public var bytes: [UInt8] {
    let key = stride(from: 56, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: keyID >> UInt64($0))
    }
    return [Self.version] + key + grantID.bytes
  }
}
