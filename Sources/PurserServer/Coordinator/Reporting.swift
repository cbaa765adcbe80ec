internal import PurserAPI
internal import PurserCore

// Credentials that are said to be no good any more.
extension Coordinator {
  func reportCredential(
    _ parameters: CredentialReport.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> CredentialReport.Reply {
    let chain = try caller.requiredChain()
    try checkStanding(of: chain)
    guard
      let root = try ledger.credentials(service: nil).first(where: {
        $0.id == parameters.credential
      }), root.purchase.scope == nil || root.purchase.scope == chain.node,
      chain.allows(service: root.purchase.service)
    else { throw .notFound("no credential with this id was handed to your grant") }
    let service = try allowedService(root.purchase.service, by: chain)
    try checkHandOut(of: service)
    if root.purchase.scope != nil {
      // It serves the reporter alone, so its word is enough; it asks for the next one itself.
      try await retire(root, parameters.problem, by: caller)
      return CredentialReport.Reply(credential: root.id, state: .retired)
    }
    let ask = try credentialAsk(of: service, by: chain, capabilities: nil, ttl: nil)
    let claim = repeatKey?.claim(of: caller, method: CredentialReport.name)
    if let repeated = try repeatedCredential(claim, chain) {
      return CredentialReport.Reply(
        credential: root.id, state: .retired, replacement: repeated)
    }
    if root.state == .active {
      guard try await isRefused(root, by: service) else {
        return CredentialReport.Reply(credential: root.id, state: .active)
      }
      try await retire(root, parameters.problem, by: caller)
    }
    guard parameters.buy != .never else {
      return CredentialReport.Reply(credential: root.id, state: .retired)
    }
    return CredentialReport.Reply(
      credential: root.id, state: .retired,
      replacement: try await findOrBuy(ask, for: caller, claim: claim))
  }

  /// Whether the seller refuses the daemon's own request with what everybody gets copies of.
  private func isRefused(_ root: Credential, by service: Service) async throws(Refusal) -> Bool {
    let verdict = await sellerChecks.run(root.id, at: ledger.now()) {
      do throws(Refusal) {
        let authorization = try authorization(of: root)
        let status: Int
        do throws(SellerError) {
          status = try await sellers.present(authorization, to: service).status
        } catch { throw .upstream("'\(service.id)' did not answer: \(error.reason)") }
        switch status {
        case 401, 402: return .success(true)
        case 429, 500...:
          throw .upstream("'\(service.id)' answered HTTP \(status); report it again later")
        default: return .success(false)
        }
      } catch { return .failure(error) }
    }
    return try verdict.get()
  }

  private func authorization(of root: Credential) throws(Refusal) -> String {
    let secret = try TokenSecret(decoding: try sealer.open(root.sealed, at: .credential(root.id)))
    return try secret.authorization(for: secret.l402Token)
  }

  /// Retires a credential, unless somebody else just did.
  private func retire(
    _ root: Credential, _ problem: CredentialReport.Problem, by caller: Caller
  ) async throws(Refusal) {
    guard root.state == .active else { return }
    do throws(Refusal) {
      _ = try await submit(
        .retireCredential(root.id, reason: problem.rawValue), by: caller)
    } catch {
      guard case .conflict = error else { throw error }
    }
  }
}

/// The questions to sellers whether they take a credential: reports that come together share one,
/// and its answer stands for a while, so that nobody can make the daemon a nuisance to a seller.
actor SellerChecks {
  /// Whether the seller refuses the credential.
  typealias Verdict = Result<Bool, Refusal>

  private static let lifetimeMs: UInt64 = 10_000

  private var checks: [CredentialID: (at: Timestamp, verdict: Task<Verdict, Never>)] = [:]

  func run(
    _ credential: CredentialID, at now: Timestamp,
    _ ask: @escaping @Sendable () async -> Verdict
  ) async -> Verdict {
    checks = checks.filter { now < $0.value.at.adding(milliseconds: Self.lifetimeMs) }
    if let known = checks[credential] { return await known.verdict.value }
    let verdict = Task { await ask() }
    checks[credential] = (now, verdict)
    return await verdict.value
  }
}
