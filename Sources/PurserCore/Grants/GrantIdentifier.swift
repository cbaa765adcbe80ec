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
    var keyID: UInt64 = 0
    for index in 1..<9 { keyID = keyID << 8 | UInt64(bytes[index]) }
    self.keyID = keyID
    self.grantID = grantID
  }

  /// The 25 bytes.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.length)
    bytes.append(Self.version)
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: keyID >> shift))
    }
    bytes += grantID.bytes
    return bytes
  }
}
