internal import L402
internal import LibCrypto
internal import PurserAPI
internal import PurserCore

/// What a credential keeps sealed: the seller's token, and, once it is paid, the preimage.
struct TokenSecret: Codable, Sendable {
  /// What is known of the payment, beside its hash.
  struct Paid: Codable, Sendable {
    /// What was paid, without the routing fee, in msat.
    let amountMsat: UInt64
    /// The routing fee, in msat.
    let feeMsat: UInt64
    /// When the token came in, in Unix nanoseconds.
    let atNanoseconds: Int64

    init(amountMsat: UInt64, feeMsat: UInt64, atNanoseconds: Int64) {
      self.amountMsat = amountMsat
      self.feeMsat = feeMsat
      self.atNanoseconds = atNanoseconds
    }

    init(amountMsat: UInt64, feeMsat: UInt64, at time: Timestamp) {
      let (nanoseconds, overflow) = time.milliseconds.multipliedReportingOverflow(by: 1_000_000)
      self.init(
        amountMsat: amountMsat, feeMsat: feeMsat,
        atNanoseconds: overflow ? .max : Int64(clamping: nanoseconds))
    }
  }

  /// `L402`, `LSAT` or `Payment`, as the seller spelled it in its challenge.
  let scheme: String
  /// The token as the seller sent it; of a Payment challenge all of it, in base64url of JSON.
  let token: String
  /// In hex; nil before it is paid.
  let preimage: String?
  /// Nil before it is paid, and where nobody said.
  var paid: Paid?

  init(challenge: L402Challenge) {
    scheme = challenge.scheme.rawValue
    token = challenge.tokenText
    preimage = nil
  }

  init(challenge: PaymentChallenge) {
    scheme = PaymentChallenge.scheme
    token = PaymentBase64.encode(Array(challenge.echo.canonical.utf8))
    preimage = nil
  }

  init(_ credential: L402Credential, token: L402Token) throws(Refusal) {
    scheme = credential.scheme.rawValue
    do { self.token = try token.authorizationText() } catch { throw .invalid("\(error)") }
    preimage = Hex.encode(credential.preimage)
  }

  private init(scheme: String, token: String, preimage: String?, paid: Paid?) {
    self.scheme = scheme
    self.token = token
    self.preimage = preimage
    self.paid = paid
  }

  /// What a bare invoice buys: nothing but the preimage, which proves that it was paid.
  static let receipt = TokenSecret(scheme: "", token: "", preimage: nil, paid: nil)

  /// Whether there is no token, so that nothing can be handed out.
  var isReceipt: Bool { token.isEmpty }

  /// The same token, paid.
  func paid(with preimage: [UInt8], _ paid: Paid) -> TokenSecret {
    TokenSecret(scheme: scheme, token: token, preimage: Hex.encode(preimage), paid: paid)
  }

  /// Whether the seller takes it for one request alone.
  var isSingleUse: Bool { scheme == PaymentChallenge.scheme }

  /// The challenge, where it is one of the Payment scheme.
  var paymentChallenge: PaymentChallenge? {
    guard isSingleUse, let bytes = try? PaymentBase64.decode(token),
      let echo = try? PaymentJSON(parsing: bytes)
    else { return nil }
    return try? PaymentChallenge(echo: echo)
  }

  /// The value of the `Authorization` header for `token`, this one or a narrowed copy of it.
  /// - Throws: ``Refusal/storage(_:)`` for what cannot be presented.
  func authorization(for token: L402Token) throws(Refusal) -> String {
    guard let preimageBytes else { throw .storage("a credential in the vault has no preimage") }
    do {
      guard isSingleUse else {
        return try L402Credential(
          scheme: l402Scheme, tokens: [token], preimage: preimageBytes
        ).authorizationValue()
      }
      guard let paymentChallenge else { throw PaymentSchemeError.noCredential }
      return try PaymentCredential(
        answering: paymentChallenge, preimage: preimageBytes
      ).authorizationValue()
    } catch { throw .storage("a credential in the vault cannot be presented") }
  }

  /// The token itself.
  var l402Token: L402Token { L402Token(text: token) }

  /// How the seller spells the scheme.
  var l402Scheme: L402Scheme { L402Scheme(named: scheme) ?? .l402 }

  /// The preimage; nil before it is paid.
  var preimageBytes: [UInt8]? { preimage.flatMap { Hex.decode($0) } }

  /// The bytes to seal.
  func encoded() throws(Refusal) -> [UInt8] {
    do { return try WireJSON.encode(self) } catch { throw .storage("a token was not encoded") }
  }

  /// Reads what ``encoded()`` made.
  init(decoding bytes: [UInt8]) throws(Refusal) {
    do { self = try WireJSON.decode(TokenSecret.self, from: bytes) } catch {
      throw .storage("a sealed token is not readable")
    }
  }
}
