public import Macaroons

/// A token as the clients lnget and aperture keep it in a file (`l402.token`, or
/// `l402.token.pending` before it is paid).
///
/// Big endian, one after the other: the macaroon's length (4 bytes), the macaroon in its binary
/// form, payment hash (32), preimage (32; zero before it is paid), amount paid and routing fee in
/// msat (8 each), and the time of creation in Unix nanoseconds (8, signed). It is a bearer secret,
/// so its description shows none of it.
public struct StoredToken: Sendable, Equatable {
  /// The names of the files, the one for paid tokens first; the older ones say `lsat`.
  public static let fileNames = ["l402.token", "lsat.token"]
  /// What follows a name while the token is not paid.
  public static let pendingSuffix = ".pending"

  /// The longest macaroon, in bytes.
  public static let macaroonLength = 65_536
  /// The bytes beside the macaroon.
  static let fixedLength = 4 + 32 + 32 + 8 + 8 + 8
  /// The longest file, in bytes.
  public static let maximumLength = macaroonLength + fixedLength

  /// The macaroon as the seller made it.
  public let macaroon: Macaroon
  /// The binary format that it is kept in: V1 or V2.
  public let format: MacaroonFormat
  /// The hash of the payment, 32 bytes.
  public let paymentHash: [UInt8]
  /// The payment's preimage, 32 bytes; nil while it is not paid.
  public let preimage: [UInt8]?
  /// What was paid, without the routing fee, in msat.
  public let amountMsat: UInt64
  /// The routing fee, in msat.
  public let feeMsat: UInt64
  /// When the token was made, in Unix nanoseconds.
  public let createdAtNanoseconds: Int64

  /// A token of these parts.
  /// - Throws: ``StoredTokenError/notBinaryMacaroon`` for V2 JSON,
  ///   ``StoredTokenError/badHash`` for a hash or preimage that is not 32 bytes, and for a
  ///   preimage of zeros, which means that there is none.
  public init(
    macaroon: Macaroon, format: MacaroonFormat = .v2, paymentHash: [UInt8], preimage: [UInt8]?,
    amountMsat: UInt64, feeMsat: UInt64, createdAtNanoseconds: Int64
  ) throws(StoredTokenError) {
    guard format != .v2JSON else { throw .notBinaryMacaroon }
    guard paymentHash.count == 32, preimage?.count ?? 32 == 32,
      preimage?.contains(where: { $0 != 0 }) ?? true
    else { throw .badHash }
    self.macaroon = macaroon
    self.format = format
    self.paymentHash = paymentHash
    self.preimage = preimage
    self.amountMsat = amountMsat
    self.feeMsat = feeMsat
    self.createdAtNanoseconds = createdAtNanoseconds
  }

  /// Reads a file.
  /// - Throws: ``StoredTokenError/truncated``, ``StoredTokenError/trailingBytes``,
  ///   ``StoredTokenError/macaroonLength(_:)``, ``StoredTokenError/badMacaroon(_:)`` or
  ///   ``StoredTokenError/notBinaryMacaroon``.
  public init(decoding bytes: [UInt8]) throws(StoredTokenError) {
    guard bytes.count >= Self.fixedLength else { throw .truncated }
    let length = Int(Self.number(bytes[..<4]))
    guard (1...Self.macaroonLength).contains(length) else { throw .macaroonLength(length) }
    guard bytes.count >= length + Self.fixedLength else { throw .truncated }
    guard bytes.count == length + Self.fixedLength else { throw .trailingBytes }
    var position = 4
    func take(_ count: Int) -> ArraySlice<UInt8> {
      defer { position += count }
      return bytes[position..<position + count]
    }
    let token = Array(take(length))
    guard let format = MacaroonFormat(of: token) else { throw .notBinaryMacaroon }
    let macaroon: Macaroon
    do { macaroon = try Macaroon(parsing: token) } catch { throw .badMacaroon(error) }
    let (hash, preimage) = (Array(take(32)), Array(take(32)))
    try self.init(
      macaroon: macaroon, format: format, paymentHash: hash,
      preimage: preimage.allSatisfy { $0 == 0 } ? nil : preimage,
      amountMsat: Self.number(take(8)), feeMsat: Self.number(take(8)),
      createdAtNanoseconds: Int64(bitPattern: Self.number(take(8))))
  }

  /// The file.
  /// - Throws: ``StoredTokenError/badMacaroon(_:)`` when the macaroon does not fit its format.
  public func encoded() throws(StoredTokenError) -> [UInt8] {
    let token: [UInt8]
    do { token = try macaroon.serialized(format) } catch { throw .badMacaroon(error) }
    guard token.count <= Self.macaroonLength else { throw .macaroonLength(token.count) }
    var file: [UInt8] = []
    file += Self.bytes(UInt64(token.count)).suffix(4)
    file += token
    file += paymentHash
    file += preimage ?? [UInt8](repeating: 0, count: 32)
    file += Self.bytes(amountMsat)
    file += Self.bytes(feeMsat)
    file += Self.bytes(UInt64(bitPattern: createdAtNanoseconds))
    return file
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
  }
}

extension StoredToken: CustomStringConvertible {
  /// Whether it is paid; never token or preimage.
  public var description: String { preimage == nil ? "a token to be paid" : "a paid token" }
}

/// Why the file of a token cannot be read or written.
public enum StoredTokenError: Error, Equatable, Sendable {
  /// The file ends too soon.
  case truncated
  /// The file goes on after its end.
  case trailingBytes
  /// The macaroon is empty or longer than ``StoredToken/macaroonLength``.
  case macaroonLength(Int)
  /// The macaroon cannot be read or written.
  case badMacaroon(MacaroonError)
  /// The token is no macaroon in binary form.
  case notBinaryMacaroon
  /// Payment hash or preimage is not 32 bytes.
  case badHash
}

extension StoredTokenError: CustomStringConvertible {
  /// What is wrong, in one sentence without a full stop.
  public var description: String {
    switch self {
    case .truncated: "the token's file ends too soon"
    case .trailingBytes: "the token's file goes on after its end"
    case .macaroonLength(let length):
      "the macaroon would have \(length) bytes, where 1 to \(StoredToken.macaroonLength) are read"
    case .badMacaroon(let error): "its macaroon cannot be read: \(error)"
    case .notBinaryMacaroon: "its token is no macaroon in binary form"
    case .badHash: "its payment hash or preimage is not 32 bytes"
    }
  }
}
