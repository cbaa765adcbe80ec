/// The identifier of an L402 macaroon: which payment it stands for, and which token it is.
///
/// `version:u16 BE = 0 | payment_hash:32 | token_id:32`, 66 bytes in all (L402,
/// macaroon-spec.md, "Version 0 Format").
public struct L402Identifier: Sendable, Hashable {
  /// The length of an encoded identifier of version 0, in bytes.
  public static let encodedLength = 66
  /// The only version that exists.
  public static let version: UInt16 = 0

  /// The payment hash of the invoice that pays for the token, 32 bytes.
  public let paymentHash: [UInt8]
  /// Random bytes that name the token, 32 of them.
  public let tokenID: [UInt8]

  /// An identifier of version 0.
  /// - Throws: ``L402Error/identifierField`` unless both have 32 bytes.
  public init(paymentHash: [UInt8], tokenID: [UInt8]) throws(L402Error) {
    guard paymentHash.count == 32, tokenID.count == 32 else { throw .identifierField }
    self.paymentHash = paymentHash
    self.tokenID = tokenID
  }

  /// Reads a macaroon's identifier.
  /// - Throws: ``L402Error/identifierLength(_:)`` or ``L402Error/identifierVersion(_:)``. The
  ///   version is judged first, so that a later and longer one is named for what it is.
  public init(decoding bytes: [UInt8]) throws(L402Error) {
    guard bytes.count >= 2 else { throw .identifierLength(bytes.count) }
    let version = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    guard version == Self.version else { throw .identifierVersion(version) }
    guard bytes.count == Self.encodedLength else { throw .identifierLength(bytes.count) }
    paymentHash = [UInt8](bytes[2..<34])
    tokenID = [UInt8](bytes[34..<66])
  }

  /// The 66 bytes that go into the macaroon.
  public var encoded: [UInt8] { [0, 0] + paymentHash + tokenID }
}
