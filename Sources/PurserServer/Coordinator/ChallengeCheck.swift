internal import L402
internal import LibCrypto
internal import Macaroons
internal import PurserCore

/// The checks on a seller's challenge.
///
/// Pure: nothing is asked of anyone.
struct ChallengeCheck {
  /// What the token is to be handed out for; the policy's service is part of it.
  let ask: CredentialAsk
  let network: BitcoinNetwork
  let now: Timestamp
  /// Whether the daemon fetched the challenge itself, from the service's own origin.
  let isFetchedByDaemon: Bool

  private var service: Service { ask.service }

  /// The first challenge among `headers` that may be paid, in the policy's order of schemes.
  /// - Throws: ``Refusal/upstream(_:)`` when there is none of those schemes,
  ///   ``Refusal/paymentFailed(reason:moneyMayHaveMoved:)``
  ///   or ``Refusal/forbidden(rule:explanation:)`` for the first one that is and may not be paid.
  func firstPayable(in headers: [String]) throws(Refusal) -> PaymentPlan {
    var firstRefusal: Refusal?
    let offers = ChallengeParser.challenges(inHeaders: headers)
    for scheme in service.schemes {
      for offer in offers where offer.scheme == scheme {
        do throws(Refusal) {
          switch offer {
          case .l402(let challenge): return try check(challenge)
          case .payment(let challenge): return try check(challenge)
          case .malformed(_, let error): throw Self.unanswerable(error)
          case .malformedPayment(let error): throw Self.unanswerable(error)
          case .other, .unreadable: continue
          }
        } catch { firstRefusal = firstRefusal ?? error }
      }
    }
    throw firstRefusal ?? noOffer(among: offers)
  }

  private static func unanswerable(_ error: any Error) -> Refusal {
    .upstream("the seller's challenge cannot be answered: \(error)")
  }

  private func noOffer(among offers: [ChallengeOffer]) -> Refusal {
    guard let left = offers.lazy.compactMap(\.scheme).first else {
      return .upstream("the seller's answer holds no L402 or Payment challenge")
    }
    return .forbidden(
      rule: "policy:schemes",
      explanation: """
        '\(service.id)' offers '\(left.rawValue)', which is not among its schemes in the policy
        """)
  }

  private func check(_ challenge: L402Challenge) throws(Refusal) -> PaymentPlan {
    let invoice = try decode(challenge.invoice)
    let amount = try amount(of: invoice)
    let approvalRule = try checkPolicy(amount, invoice)
    try checkHash(of: challenge, invoice)
    try checkHandOut(of: challenge)
    return PaymentPlan(
      secret: TokenSecret(challenge: challenge), invoice: invoice, amount: amount,
      approvalRule: approvalRule)
  }

  /// A challenge of the Payment scheme: what its request says must be what its invoice says, and
  /// the invoice in it is what binds payment and credential.
  private func check(_ challenge: PaymentChallenge) throws(Refusal) -> PaymentPlan {
    let charge: LightningCharge
    do throws(PaymentSchemeError) { charge = try LightningCharge(of: challenge) } catch {
      throw Self.unanswerable(error)
    }
    let invoice = try decode(charge.invoice)
    let amount = try amount(of: invoice)
    if let error = charge.disagreement(with: invoice) { throw Self.unanswerable(error) }
    if let end = challenge.expiresAtSeconds, end <= now.seconds + InvoiceCheck.expiryMarginSeconds {
      throw unpayable("it has expired")
    }
    let approvalRule = try checkPolicy(amount, invoice)
    try checkBare()
    return PaymentPlan(
      secret: TokenSecret(challenge: challenge), invoice: invoice, amount: amount,
      approvalRule: approvalRule)
  }

  private func decode(_ text: String) throws(Refusal) -> Invoice {
    do { return try Invoice(decoding: text) } catch {
      throw unpayable("its invoice is not valid: \(error)")
    }
  }

  private func amount(of invoice: Invoice) throws(Refusal) -> Msat {
    try InvoiceCheck(network: network, now: now).amount(of: invoice) { unpayable($0) }
  }

  /// What the policy says of price and payee.
  /// - Returns: The rule that asks for an operator's approval; nil when none does.
  private func checkPolicy(_ amount: Msat, _ invoice: Invoice) throws(Refusal) -> String? {
    try ask.limits.check(price: amount)
    var trace = RuleTrace.deciding
    try service.checkPrice(amount, trace: &trace)
    try service.checkPayee(invoice.payee, isBrought: !isFetchedByDaemon, trace: &trace)
    return trace.approvalRule
  }

  private func checkHash(of challenge: L402Challenge, _ invoice: Invoice) throws(Refusal) {
    if let identifier = challenge.identifier, identifier.paymentHash != invoice.paymentHash {
      throw .upstream("the invoice of '\(service.id)' does not pay for its token")
    }
    switch service.hashBinding {
    case .required:
      guard challenge.identifier != nil else {
        throw .upstream(
          """
          the token of '\(service.id)' does not say which invoice pays for it; if that is how \
          this seller works, set hash_binding: none in the policy
          """)
      }
    case .none:
      guard isFetchedByDaemon else {
        throw .forbidden(
          rule: "policy:hash_binding",
          explanation: """
            '\(service.id)' has hash_binding: none, so only a challenge that the daemon fetched is \
            paid; use credential.request
            """)
      }
    }
  }

  /// A token that could not be handed out afterwards is not bought.
  private func checkHandOut(of challenge: L402Challenge) throws(Refusal) {
    if let macaroon = challenge.macaroon { try checkTerms(of: macaroon) }
    if challenge.macaroon == nil || service.caveats.isEmpty { try checkBare() }
  }

  private func checkBare() throws(Refusal) {
    guard service.bare != .allow else { return }
    throw Self.wouldBeBare(service)
  }

  /// Why a token that can carry no restriction is not handed out.
  static func wouldBeBare(_ service: Service) -> Refusal {
    .forbidden(
      rule: "policy:bare",
      explanation: """
        the token of '\(service.id)' can carry no restriction, so it cannot be attenuated and \
        would be handed out whole: it is for held mode, where the gateway keeps it and makes the \
        requests; set bare: allow in the policy to hand it out all the same
        """)
  }

  /// What the token allows must be what is asked for, as the seller will read it.
  private func checkTerms(of macaroon: Macaroon) throws(Refusal) {
    guard !macaroon.caveats.contains(where: \.isThirdParty) else {
      throw .upstream("the token of '\(service.id)' needs somebody else's discharge")
    }
    do throws(L402Error) {
      let present = try L402Restrictions(of: macaroon, service: service.sellerName)
      try present.check(
        nowSeconds: Int64(clamping: now.seconds + CredentialAsk.rootMarginSeconds))
      _ = try macaroon.narrowed(to: try ask.narrowing(of: macaroon))
    } catch {
      throw .upstream(
        "the token of '\(service.id)' would not allow what is asked for: \(error)")
    }
  }

  private func unpayable(_ why: String) -> Refusal {
    .paymentFailed(
      reason: "the challenge of '\(service.id)' was not paid: \(why)", moneyMayHaveMoved: false)
  }
}

extension ChallengeOffer {
  /// The scheme as the policy names it; nil for one that nothing here pays.
  fileprivate var scheme: Service.Scheme? {
    switch self {
    case .l402(let challenge): Service.Scheme(challenge.scheme)
    case .malformed(let scheme, _): Service.Scheme(scheme)
    case .payment, .malformedPayment: .payment
    case .other, .unreadable: nil
    }
  }
}

extension Service.Scheme {
  fileprivate init(_ scheme: L402Scheme) {
    switch scheme {
    case .l402: self = .l402
    case .lsat: self = .lsat
    }
  }
}
