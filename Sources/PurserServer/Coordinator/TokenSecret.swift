internal import L402
internal import LibCrypto
internal import PurserAPI
internal import PurserCore

/// What a credential keeps sealed: the seller's token, and, once it is paid, the preimage.
struct TokenSecret: Codable, Sendable {
  /// `L402` or `LSAT`, as the seller spelled it in its challenge.
  let scheme: String
  /// The token as the seller sent it.
  let token: String
  /// In hex; nil before it is paid.
  let preimage: String?

  init(challenge: L402Challenge) {
    scheme = challenge.scheme.rawValue
    token = challenge.tokenText
    preimage = nil
  }

  init(_ credential: L402Credential, token: L402Token) throws(Refusal) {
    scheme = credential.scheme.rawValue
    do { self.token = try token.authorizationText() } catch { throw .invalid("\(error)") }
    preimage = Hex.encode(credential.preimage)
  }

  private init(scheme: String, token: String, preimage: String?) {
    self.scheme = scheme
    self.token = token
    self.preimage = preimage
  }

  /// What a bare invoice buys: nothing but the preimage, which proves that it was paid.
  static let receipt = TokenSecret(scheme: "", token: "", preimage: nil)

  /// Whether there is no token, so that nothing can be handed out.
  var isReceipt: Bool { token.isEmpty }

  /// The same token, paid.
  func paid(with preimage: [UInt8]) -> TokenSecret {
    TokenSecret(scheme: scheme, token: token, preimage: Hex.encode(preimage))
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
