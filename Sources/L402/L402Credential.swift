internal import LibCrypto
public import Macaroons

/// What a buyer presents: paid tokens and the preimage that proves the payment.
///
/// `Authorization: L402 base64[,base64…]:hex` (L402, protocol-specification.md), or for gRPC the
/// metadata `macaroon: hex` with the preimage as the macaroon's last caveat. It is a bearer
/// secret, so its description shows none of it.
public struct L402Credential: Sendable {
  /// The length of a preimage, in bytes.
  public static let preimageLength = 32
  /// The condition of the caveat that carries the preimage in gRPC metadata.
  public static let preimageCondition = "preimage"

  /// The name to present it under: that of the challenge it answers.
  public let scheme: L402Scheme
  /// One opaque token, or one to ``L402Limits/tokensPerCredential`` macaroons.
  public let tokens: [L402Token]
  /// The payment's preimage, 32 bytes.
  public let preimage: [UInt8]

  /// The macaroons, none when the token is opaque.
  public var macaroons: [Macaroon] { tokens.compactMap(\.macaroon) }

  /// A credential of these parts.
  /// - Throws: ``L402Error/badPreimage``, ``L402Error/badTokenCount``,
  ///   ``L402Error/notMacaroon`` when one of several is opaque, or
  ///   ``L402Error/unpresentableToken``.
  public init(
    scheme: L402Scheme, tokens: [L402Token], preimage: [UInt8]
  ) throws(L402Error) {
    guard preimage.count == Self.preimageLength else { throw .badPreimage }
    guard (1...L402Limits.tokensPerCredential).contains(tokens.count) else {
      throw .badTokenCount
    }
    for token in tokens {
      guard case .opaque(let text) = token else { continue }
      guard tokens.count == 1 else { throw .notMacaroon }
      guard L402Token.isPresentable(text) else { throw .unpresentableToken }
    }
    self.scheme = scheme
    self.tokens = tokens
    self.preimage = preimage
  }

  /// The answer to `challenge`, under its own scheme.
  ///
  /// That the preimage is the right one is for the caller to check against the invoice.
  /// - Throws: ``L402Error/badPreimage``.
  public init(answering challenge: L402Challenge, preimage: [UInt8]) throws(L402Error) {
    try self.init(scheme: challenge.scheme, tokens: [challenge.token], preimage: preimage)
  }
}

extension L402Credential {
  /// Reads the value of an `Authorization` header.
  ///
  /// The scheme may be in any case, the tokens in any spelling of base64 or in hex, the preimage
  /// in hex of either case. Tokens that are not all macaroons are one opaque token.
  /// - Throws: ``L402Error/headerTooLong(length:)``, ``L402Error/noCredential`` for another
  ///   scheme, ``L402Error/badCredential``, ``L402Error/badPreimage``,
  ///   ``L402Error/badTokenCount`` or ``L402Error/unpresentableToken``.
  public init(authorization value: String) throws(L402Error) {
    let length = value.utf8.count
    guard length <= L402Limits.headerLength else { throw .headerTooLong(length: length) }
    let text = Self.trimmed(value.utf8[...])
    let name = text.prefix { !Self.isBlank($0) }
    guard let scheme = L402Scheme(named: Substring(name)) else { throw .noCredential }
    let credential = Self.trimmed(text[name.endIndex...])
    // The last colon, because an opaque token may have one of its own.
    guard let colon = credential.lastIndex(of: UInt8(ascii: ":")),
      let tokens = String(Self.trimmed(credential[..<colon])),
      let digits = String(Self.trimmed(credential[credential.index(after: colon)...]))
    else { throw .badCredential }
    guard let preimage = Hex.decode(digits) else { throw .badPreimage }
    try self.init(scheme: scheme, tokens: try Self.tokens(in: tokens), preimage: preimage)
  }

  /// The value of the `Authorization` header, in the spelling that every seller reads: the scheme
  /// in capitals, standard padded base64, lower-case hex.
  /// - Throws: ``L402Error/macaroonTooLarge``.
  public func authorizationValue() throws(L402Error) -> String {
    var texts: [String] = []
    for token in tokens { texts.append(try token.authorizationText()) }
    return "\(scheme.rawValue) \(texts.joined(separator: ",")):\(Hex.encode(preimage))"
  }

  private static func tokens(in text: String) throws(L402Error) -> [L402Token] {
    guard !text.isEmpty else { throw .badCredential }
    let parts = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard parts.count <= L402Limits.tokensPerCredential else { throw .badTokenCount }
    let tokens = parts.map { L402Token(text: String(trimmed($0)) ?? "") }
    return tokens.allSatisfy { $0.macaroon != nil } ? tokens : [.opaque(text)]
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }
}

extension L402Credential {
  /// Reads gRPC metadata (key `macaroon`, or `token`): hex of a macaroon with a `preimage` caveat.
  ///
  /// Of several such caveats the last one counts, as with the reference seller. The caveat stays
  /// in the macaroon, since the signature covers it. Metadata names no scheme, so it is taken for
  /// ``L402Scheme/l402``.
  /// - Throws: ``L402Error/headerTooLong(length:)``, ``L402Error/notMacaroon``,
  ///   ``L402Error/missingPreimageCaveat`` or ``L402Error/badPreimage``.
  public init(grpcMetadata value: String) throws(L402Error) {
    let length = value.utf8.count
    guard length <= L402Limits.headerLength else { throw .headerTooLong(length: length) }
    guard let bytes = Hex.decode(value) else { throw .notMacaroon }
    let token = L402Token(text: Hex.encode(bytes))
    guard let macaroon = token.macaroon else { throw .notMacaroon }
    let values = L402Caveats.values(of: Self.preimageCondition, in: macaroon)
    guard let digits = values.last else { throw .missingPreimageCaveat }
    guard let text = String(validating: digits, as: UTF8.self), let preimage = Hex.decode(text)
    else { throw .badPreimage }
    try self.init(scheme: .l402, tokens: [token], preimage: preimage)
  }

  /// The value of the gRPC metadata: lower-case hex of the macaroon with `preimage=hex` appended.
  /// - Throws: ``L402Error/needsOneMacaroon`` or ``L402Error/macaroonTooLarge``.
  public func grpcMetadataValue() throws(L402Error) -> String {
    guard tokens.count == 1, case .macaroon(let macaroon, let format) = tokens[0] else {
      throw .needsOneMacaroon
    }
    let condition = "\(Self.preimageCondition)=\(Hex.encode(preimage))"
    let paid = try macaroon.appending(Array(condition.utf8))
    // The reference seller reads no JSON here.
    return Hex.encode(try L402Token.serialize(paid, format == .v1 ? .v1 : .v2))
  }
}

extension L402Credential: CustomStringConvertible {
  /// The scheme and the number of tokens; never the tokens or the preimage.
  public var description: String { "\(scheme.rawValue) credential of \(tokens.count) tokens" }
}
