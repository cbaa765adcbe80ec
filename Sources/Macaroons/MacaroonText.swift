internal import LibCrypto

extension Macaroon {
  /// Reads one macaroon from text: base64 of either alphabet, padded or not, hex of either case,
  /// or V2 JSON.
  ///
  /// White space around the text is ignored. Hex is told from base64 by its digits: no macaroon's
  /// base64 begins with two digits of hex. V1 may be in base64 twice, as in the test data of
  /// libmacaroons, whose own V1 form is already text.
  /// - Throws: ``MacaroonError/unreadableText``, or as ``init(parsing:)``.
  public init(parsingText text: String) throws(MacaroonError) {
    try self.init(parsing: Self.bytes(ofText: text))
  }

  /// The serialized bytes that `text` spells, in one of the ways of ``init(parsingText:)``.
  ///
  /// With ``MacaroonFormat/init(of:)`` this tells the format of a token before it is parsed.
  /// - Throws: ``MacaroonError/inputTooLong`` or ``MacaroonError/unreadableText``.
  public static func bytes(ofText text: String) throws(MacaroonError) -> [UInt8] {
    guard text.utf8.count <= MacaroonLimits.inputBytes else { throw .inputTooLong }
    let trimmed = trimming(text)
    guard !trimmed.isEmpty else { throw .unreadableText }
    if trimmed.first == "{" { return Array(trimmed.utf8) }
    guard let bytes = Hex.decode(trimmed) ?? Base64.decode(trimmed) else { throw .unreadableText }
    return nestedV1(in: bytes) ?? bytes
  }

  /// The macaroon as text in `format`: base64url without padding, or JSON for
  /// ``MacaroonFormat/v2JSON``.
  /// - Throws: As ``serialized(_:)``.
  public func text(_ format: MacaroonFormat) throws(MacaroonError) -> String {
    let bytes = try serialized(format)
    return format == .v2JSON
      ? String(decoding: bytes, as: UTF8.self) : Base64.encode(bytes, .urlUnpadded)
  }

  /// The V1 bytes whose base64 `bytes` are, if they are that and nothing else.
  private static func nestedV1(in bytes: [UInt8]) -> [UInt8]? {
    guard MacaroonFormat(of: bytes) == nil, let text = String(validating: bytes, as: UTF8.self),
      let inner = Base64.decode(text), MacaroonFormat(of: inner) == .v1
    else { return nil }
    return inner
  }

  private static func trimming(_ text: String) -> Substring {
    var rest = text[...]
    if isVisibleASCII(text.utf8.first), isVisibleASCII(text.utf8.last) { return rest }
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest
  }

  private static func isVisibleASCII(_ byte: UInt8?) -> Bool {
    byte.map { $0 > 0x20 && $0 < 0x7f } ?? false
  }
}
