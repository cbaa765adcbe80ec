internal import LibCrypto

/// The base64url of the Payment scheme: written without padding, read with or without it.
public enum PaymentBase64 {
  /// The text of `bytes` (RFC 4648 §5), unpadded.
  public static func encode(_ bytes: [UInt8]) -> String { Base64.encode(bytes, .urlUnpadded) }

  /// The bytes that `text` spells.
  /// - Throws: ``PaymentSchemeError/badEncoding`` for the standard alphabet too, and for bits left
  ///   over, so that no text has a second spelling but for its padding.
  public static func decode(_ text: String) throws(PaymentSchemeError) -> [UInt8] {
    guard !text.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }),
      let bytes = Base64.decode(text)
    else { throw .badEncoding }
    return bytes
  }

  /// The JSON value that `text` spells.
  static func json(_ text: String) throws(PaymentSchemeError) -> PaymentJSON {
    try PaymentJSON(parsing: try decode(text))
  }
}
