/// The ways to write a macaroon down.
public enum MacaroonFormat: Sendable, CaseIterable {
  /// Packets with a length in hex and a field name; what libmacaroons writes.
  case v1
  /// Tagged fields with variable-length numbers; what lnd and L402 servers write.
  case v2
  /// The V2 fields as a JSON object.
  case v2JSON

  /// The format that serialized `bytes` are in, told by the first one; nil for none of the three.
  public init?(of bytes: [UInt8]) {
    guard let first = bytes.first else { return nil }
    switch first {
    case 2: self = .v2
    case UInt8(ascii: "{"): self = .v2JSON
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): self = .v1
    default: return nil
    }
  }
}

extension Macaroon {
  /// The macaroon in `format`: binary, or the UTF-8 of a JSON text.
  /// - Throws: ``MacaroonError/fieldTooLong`` when a V1 packet cannot hold a field, and
  ///   ``MacaroonError/inputTooLong`` when the result is longer than anybody here would read.
  public func serialized(_ format: MacaroonFormat) throws(MacaroonError) -> [UInt8] {
    let bytes =
      switch format {
      case .v1: try V1Codec.encode(self)
      case .v2: packet.bytes
      case .v2JSON: V2JSONCodec.encode(self)
      }
    guard bytes.count <= MacaroonLimits.inputBytes else { throw .inputTooLong }
    return bytes
  }

  /// Reads one macaroon in any of the three formats, told apart by the first byte.
  ///
  /// Reads what the known libraries write and nothing looser: a field that is unknown, repeated
  /// or out of order, a number that is not in its shortest form, and bytes after the end are
  /// refused.
  /// - Throws: A ``MacaroonError`` that says what is wrong.
  public init(parsing bytes: [UInt8]) throws(MacaroonError) {
    guard bytes.count <= MacaroonLimits.inputBytes else { throw .inputTooLong }
    switch MacaroonFormat(of: bytes) {
    case .v1: self = try V1Codec.decode(bytes)
    case .v2: self.init(try V2Packet(parsing: bytes))
    case .v2JSON: self = try V2JSONCodec.decode(bytes)
    case nil: throw .unknownFormat
    }
  }
}
