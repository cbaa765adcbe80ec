public import L402
internal import LibCrypto
internal import Macaroons
public import PurserCore
internal import Synchronization

/// A seller that offers what a test tells it: real tokens, and real invoices signed by its node.
public final class ScriptedSeller: SellerConnection, Sendable {
  /// What it offers; the defaults make a challenge that a careful buyer pays.
  public struct Offer: Sendable {
    /// The price in msat; nil lets the payer choose.
    public var amountMsat: UInt64? = 1000
    /// The invoice's network.
    public var network = BitcoinNetwork.regtest
    /// The invoice's life, in seconds.
    public var expirySeconds: UInt64 = 3600
    /// The blocks that the last hop asks for.
    public var minFinalCLTV: UInt64 = 18
    /// What the token grants.
    public var terms: [L402Terms] = []
    /// How the scheme is spelled.
    public var scheme = L402Scheme.l402
    /// Whether the token's identifier names the invoice's payment hash.
    public var bindsHash = true
    /// Caveats that follow those of the terms, such as ones that no seller knows.
    public var furtherCaveats: [String] = []
    /// A token that takes the place of the macaroon.
    public var opaqueToken: String?
    /// What it offers under the Payment scheme as well; nil for nothing.
    public var payment: PaymentOffer?
    /// Whether it offers L402.
    public var hasL402 = true
    /// The HTTP status.
    public var status = 402
    /// Headers that take the place of the challenge.
    public var headers: [String]?

    /// An offer of a token for 1000 msat.
    public init() {}
  }

  /// An offer under the Payment scheme; the defaults make a challenge that a careful buyer pays.
  public struct PaymentOffer: Sendable {
    /// The price that the request names in satoshis; the invoice's when nil.
    public var amount: String?
    /// The currency that it names.
    public var currency = "sat"
    /// The payment hash that it names in hex; the invoice's when nil.
    public var paymentHash: String?
    /// The network that it names; nothing when nil.
    public var network: String? = "regtest"
    /// The method.
    public var method = "lightning"
    /// The intent.
    public var intent = "charge"
    /// When the challenge ends, as RFC 3339 has it.
    public var expires: String?

    /// An offer of one request for what the invoice asks.
    public init() {}
  }

  private struct State {
    var paymentsTaken: Set<[UInt8]> = []
    var offer = Offer()
    var preimages: [[UInt8]: [UInt8]] = [:]
    var count: UInt64 = 0
    var fetches = 0
    var presented = 0
    var status = 200
  }

  private let state = Mutex(State())
  private let clock: ManualClock
  private let privateKey: [UInt8]
  private let tokens: L402Seller

  /// A seller whose keys follow from `name`.
  public init(name: String = "seller", clock: ManualClock) {
    self.clock = clock
    privateKey = SHA256.hash(Array("node of \(name)".utf8))
    tokens = L402Seller(masterKey: SHA256.hash(Array("tokens of \(name)".utf8)))
  }

  /// The public key of its node, 33 bytes.
  public var node: [UInt8] {
    guard let key = try? Secp256k1.publicKey(privateKey: privateKey) else {
      preconditionFailure("a digest is a private key")
    }
    return key
  }

  /// How often the daemon asked for a challenge.
  public var fetches: Int { state.withLock { $0.fetches } }

  /// Changes what it offers from now on.
  public func offers(_ change: @Sendable (inout Offer) -> Void) {
    state.withLock { change(&$0.offer) }
  }

  /// What paying the hash reveals; nil for a hash of nobody here.
  public func preimage(for paymentHash: [UInt8]) -> [UInt8]? {
    state.withLock { $0.preimages[paymentHash] }
  }

  /// Answers with a new challenge.
  public func challenge(of service: Service) async throws(SellerError) -> SellerAnswer {
    state.withLock { $0.fetches += 1 }
    return SellerAnswer(status: state.withLock { $0.offer.status }, wwwAuthenticate: challenge())
  }

  /// How often the daemon presented a credential.
  public var presented: Int { state.withLock { $0.presented } }

  /// Changes the status that it answers to who presents a credential.
  public func answers(_ status: Int) { state.withLock { $0.status = status } }

  /// Answers a credential with the status that it was told.
  public func present(
    _ authorization: String, to service: Service
  ) async throws(SellerError) -> SellerAnswer {
    let status = state.withLock { state in
      state.presented += 1
      return state.status
    }
    return SellerAnswer(status: status, wwwAuthenticate: status == 402 ? challenge() : [])
  }

  /// The `WWW-Authenticate` values of a new challenge.
  public func challenge() -> [String] {
    let (offer, number) = state.withLock { state in
      state.count += 1
      return (state.offer, state.count)
    }
    if let headers = offer.headers { return headers }
    let preimage = SHA256.hash(privateKey + Array("preimage \(number)".utf8))
    let hash = SHA256.hash(preimage)
    state.withLock { $0.preimages[hash] = preimage }
    do {
      let payments = try offer.payment.map { try [paymentHeader($0, offer)] } ?? []
      guard offer.hasL402 else { return payments }
      return payments + (try l402(offer, hash: hash, number: number))
    } catch {
      preconditionFailure("an offer that cannot be made: \(error)")
    }
  }

  private func l402(_ offer: Offer, hash: [UInt8], number: UInt64) throws -> [String] {
    let invoice = try invoice(offer, paymentHash: hash, number: number)
    if let token = offer.opaqueToken {
      return ["\(offer.scheme.rawValue) macaroon=\"\(token)\", invoice=\"\(invoice.text)\""]
    }
    let minted = try tokens.mint(
      paymentHash: offer.bindsHash ? hash : SHA256.hash(hash),
      tokenID: SHA256.hash(Array("token \(number)".utf8)), invoice: invoice.text,
      terms: offer.terms)
    guard var macaroon = minted.macaroon else { return [] }
    for caveat in offer.furtherCaveats { macaroon = try macaroon.attenuated(with: caveat) }
    let challenge = try L402Challenge(macaroon: macaroon, invoice: invoice.text)
    return [challenge.headerValue(as: offer.scheme)]
  }

  /// The header of a Payment challenge, with an invoice of its own.
  private func paymentHeader(_ payment: PaymentOffer, _ offer: Offer) throws -> String {
    let number = state.withLock { state in
      state.count += 1
      return state.count
    }
    let preimage = SHA256.hash(privateKey + Array("preimage \(number)".utf8))
    let hash = SHA256.hash(preimage)
    state.withLock { $0.preimages[hash] = preimage }
    let invoice = try invoice(offer, paymentHash: hash, number: number)
    var details: [String: PaymentJSON] = [
      "invoice": .string(invoice.text),
      "paymentHash": .string(payment.paymentHash ?? Hex.encode(hash)),
    ]
    if let network = payment.network { details["network"] = .string(network) }
    let request = PaymentJSON.object([
      "amount": .string(payment.amount ?? String((offer.amountMsat ?? 0) / 1000)),
      "currency": .string(payment.currency), "methodDetails": .object(details),
    ])
    return try PaymentChallenge(
      id: "challenge \(number)", realm: "shop", method: payment.method, intent: payment.intent,
      request: PaymentBase64.encode(Array(request.canonical.utf8)), expires: payment.expires,
      description: "one \"request\"", opaque: "b3BhcXVl"
    ).headerValue()
  }

  /// Serves one request for a credential of the Payment scheme, once.
  /// - Returns: Whether it was served.
  public func takesPayment(_ authorization: String) throws(PaymentSchemeError) -> Bool {
    let credential = try PaymentCredential(authorization: authorization)
    let charge = try LightningCharge(of: credential.challenge)
    let hash = SHA256.hash(credential.preimage)
    guard (try? Invoice(decoding: charge.invoice))?.paymentHash == hash else { return false }
    return state.withLock { $0.paymentsTaken.insert(hash).inserted }
  }

  private func invoice(
    _ offer: Offer, paymentHash: [UInt8], number: UInt64
  ) throws(InvoiceError) -> Invoice {
    var draft = InvoiceDraft(
      network: offer.network, amountMsat: offer.amountMsat,
      timestampSeconds: clock.now().seconds, paymentHash: paymentHash,
      paymentSecret: SHA256.hash(Array("secret \(number)".utf8)), purpose: .description("data"))
    draft.expirySeconds = offer.expirySeconds
    draft.minFinalCLTV = offer.minFinalCLTV
    return try draft.signed(privateKey: privateKey)
  }

  /// Whether it serves a request with this `Authorization` header, by its own clock.
  /// - Throws: `L402Error`, why not.
  public func serve(
    _ authorization: String, service: String, capability: String? = nil
  ) throws(L402Error) {
    _ = try tokens.verify(
      authorization: [authorization], service: service, capability: capability,
      nowSeconds: Int64(clock.now().seconds))
  }
}
