internal import L402
internal import LibCrypto
internal import Macaroons
internal import PurserCore

/// A challenge that may be paid: everything that can be known before money moves was checked.
struct CheckedChallenge: Sendable {
  let challenge: L402Challenge
  let invoice: Invoice
  let amount: Msat
  /// The rule of the policy that asks for an operator's approval first; nil when none does.
  let approvalRule: String?
}

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

  /// Time for the payment to go through before the invoice expires, in seconds.
  private static let expiryMarginSeconds: UInt64 = 5
  private var service: Service { ask.service }

  /// The longest that money may be locked at the last hop, in blocks: two weeks.
  private static let maximumFinalCLTV: UInt64 = 2016
  /// The longest that money may be locked along the hinted route, in blocks.
  private static let maximumTotalCLTV: UInt64 = 4032

  /// The first challenge among `headers` that may be paid; where a seller spells one challenge
  /// in both ways, the newer name comes first.
  /// - Throws: ``Refusal/upstream(_:)`` when none is L402,
  ///   ``Refusal/paymentFailed(reason:moneyMayHaveMoved:)``
  ///   or ``Refusal/forbidden(rule:explanation:)`` for the first one that is and may not be paid.
  func firstPayable(in headers: [String]) throws(Refusal) -> CheckedChallenge {
    var firstRefusal: Refusal?
    let offers = ChallengeParser.challenges(inHeaders: headers)
    for offer in offers.filter(\.isL402) + offers.filter({ !$0.isL402 }) {
      do throws(Refusal) {
        switch offer {
        case .l402(let challenge): return try check(challenge)
        case .malformed(_, let error):
          throw .upstream("the seller's challenge cannot be answered: \(error)")
        case .payment, .malformedPayment, .other, .unreadable: continue
        }
      } catch { firstRefusal = firstRefusal ?? error }
    }
    throw firstRefusal ?? .upstream("the seller's answer holds no L402 challenge")
  }

  private func check(_ challenge: L402Challenge) throws(Refusal) -> CheckedChallenge {
    let invoice: Invoice
    do { invoice = try Invoice(decoding: challenge.invoice) } catch {
      throw unpayable("its invoice is not valid: \(error)")
    }
    let amount = try checkInvoice(invoice)
    let approvalRule = try checkPolicy(amount, invoice)
    try checkHash(of: challenge, invoice)
    try checkHandOut(of: challenge)
    return CheckedChallenge(
      challenge: challenge, invoice: invoice, amount: amount, approvalRule: approvalRule)
  }

  private func checkInvoice(_ invoice: Invoice) throws(Refusal) -> Msat {
    guard invoice.network == network else {
      throw unpayable("its invoice is for network '\(invoice.network.rawValue)', not ours")
    }
    guard !invoice.isExpired(atSeconds: now.seconds + Self.expiryMarginSeconds) else {
      throw unpayable("its invoice has expired")
    }
    guard let amount = invoice.amountMsat.flatMap(Msat.init), amount > .zero else {
      throw unpayable("its invoice names no amount")
    }
    guard invoice.minFinalCLTV <= Self.maximumFinalCLTV,
      invoice.totalCLTVDelta <= Self.maximumTotalCLTV
    else { throw unpayable("its invoice would lock the money for too long") }
    return amount
  }

  /// What the policy says of price and payee.
  /// - Returns: The rule that asks for an operator's approval; nil when none does.
  private func checkPolicy(_ amount: Msat, _ invoice: Invoice) throws(Refusal) -> String? {
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
    guard challenge.macaroon == nil || service.caveats.isEmpty else { return }
    guard service.bare == .allow else {
      throw .forbidden(
        rule: "policy:bare",
        explanation: """
          the token of '\(service.id)' can carry no restriction, so it would be handed out \
          whole; set bare: allow in the policy if that is meant
          """)
    }
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
  fileprivate var isL402: Bool { challenge?.scheme == .l402 }
}
