internal import LibCrypto

/// What a buyer presents once: the challenge, and the preimage that proves its payment.
///
/// `Authorization: Payment <base64url of JSON>` (draft-httpauth-payment-01, "Credentials"). A server
/// takes each challenge once. It is a bearer secret until then, so its description shows none of it.
public struct PaymentCredential: Sendable, Equatable {
  /// The challenge that it answers, echoed as it came.
  public let challenge: PaymentChallenge
  /// The payment's preimage, 32 bytes.
  public let preimage: [UInt8]

  /// The answer to `challenge`.
  ///
  /// That the preimage is the right one is for the caller to check against the invoice.
  /// - Throws: ``PaymentSchemeError/badPreimage``.
  public init(
    answering challenge: PaymentChallenge, preimage: [UInt8]
  ) throws(PaymentSchemeError) {
    guard preimage.count == L402Credential.preimageLength else { throw .badPreimage }
    self.challenge = challenge
    self.preimage = preimage
  }

  /// Reads the value of an `Authorization` header; the scheme may be in any case.
  /// - Throws: ``PaymentSchemeError/noCredential`` for another scheme, and others for what cannot
  ///   be read.
  public init(authorization value: String) throws(PaymentSchemeError) {
    let credential = try Self.json(ofAuthorization: value)
    guard let echo = credential["challenge"] else { throw .missing("challenge") }
    guard let payload = credential["payload"] else { throw .missing("payload") }
    guard let digits = payload["preimage"]?.text, let preimage = Hex.decode(digits) else {
      throw .badPreimage
    }
    try self.init(answering: try PaymentChallenge(echo: echo), preimage: preimage)
  }

  /// The value of the `Authorization` header, its JSON in canonical form (RFC 8785).
  public func authorizationValue() -> String {
    let json = PaymentJSON.object([
      "challenge": challenge.echo,
      "payload": .object(["preimage": .string(Hex.encode(preimage))]),
    ])
    return "\(PaymentChallenge.scheme) \(PaymentBase64.encode(Array(json.canonical.utf8)))"
  }

  /// The JSON that the value of an `Authorization` header of this scheme carries.
  static func json(ofAuthorization value: String) throws(PaymentSchemeError) -> PaymentJSON {
    guard value.utf8.count <= L402Limits.headerLength else { throw .badEncoding }
    let parts = value.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == PaymentChallenge.scheme.lowercased() else {
      throw .noCredential
    }
    let json = try PaymentBase64.json(String(parts[1]))
    guard case .object = json else { throw .malformed("credential") }
    return json
  }
}

extension PaymentCredential: CustomStringConvertible {
  /// The scheme and the realm; never the preimage.
  public var description: String { "Payment credential for \(challenge.realm)" }
}
