internal import LibCrypto
internal import PurserAPI
internal import PurserCore
internal import Synchronization

// Top-level grants without a secret: who is at the other end is what counts.
extension Coordinator {
  private static let rule = "policy:claims"

  func claimGrant(
    _ parameters: GrantClaim.Parameters, in context: CallContext
  ) async throws(Refusal) -> GrantClaim.Reply {
    let (policy, keyring) = (policy, keys.current)
    let peer = try await context.peer(for: policy.claims.values.flatMap(\.claimant.bindings))
    let claim = try Self.claim(parameters.name, of: policy, for: peer)
    let now = ledger.now()
    let (token, caveats, end) = try Self.token(of: claim, policy: policy, at: now, keyring)
    guard end > now.seconds else {
      throw .forbidden(
        rule: Self.rule,
        explanation: "the claim \(claim.name) was over at \(end) (Unix seconds), by the policy")
    }
    let chain: GrantChain
    do throws(GrantTokenError) { chain = try GrantChain(verifying: token, keyring: keyring) } catch
    {
      throw .invalid("the claim \(claim.name) makes no token: \(error)")
    }
    try checkStanding(of: chain)
    try await record(claim, token, caveats, of: chain, by: context.session)
    return GrantClaim.Reply(
      name: claim.name, node: chain.node, token: token.text, validUntil: end)
  }

  /// The claim that is meant; it must fit the process.
  private static func claim(
    _ name: String?, of policy: Policy, for peer: PeerIdentity
  ) throws(Refusal) -> Claim {
    let asked = policy.claims.values.filter { name == nil || $0.name == name }
    let fitting = asked.filter { claim in
      let bindings = claim.claimant.bindings
      return !bindings.isEmpty && peer.refusal(of: bindings, check: policy.peerCheck) == nil
    }.sorted { $0.name < $1.name }
    guard let claim = fitting.first else {
      // What there is for others is not told.
      throw .forbidden(
        rule: rule,
        explanation: """
          no claim of the policy fits this process (\(peer.claimText)); ask an operator to add one
          """)
    }
    guard fitting.count == 1 else {
      let names = fitting.map(\.name).joined(separator: ", ")
      throw .invalid("these claims fit: \(names); say which one: params.name")
    }
    return claim
  }

  private static func token(
    of claim: Claim, policy: Policy, at now: Timestamp, _ keyring: Keyring
  ) throws(Refusal) -> (GrantToken, [GrantCaveat], end: UInt64) {
    do {
      let (caveats, end) = try claim.caveats(
        at: now, greatestLife: policy.grantLifetimeSeconds)
      let token = try GrantToken.mint(
        grantID: claim.grantID, caveats: caveats, keyring: keyring)
      return (token, caveats, min(end, policy.ceilings.validUntilSeconds ?? end))
    } catch {
      throw .invalid("the claim \(claim.name) cannot be made into a token: \(error)")
    }
  }

  /// Writes who got which token, before it leaves; once for each token and user, so that claiming
  /// over and over makes no events.
  private func record(
    _ claim: Claim, _ token: GrantToken, _ caveats: [GrantCaveat], of chain: GrantChain,
    by session: Session
  ) async throws(Refusal) {
    let digest = SHA256.hash(Array(token.text.utf8))
    let claimant = ClaimsTold.Claimant(name: claim.name, userID: session.peer.userID)
    guard !claimsTold.has(digest, for: claimant) else { return }
    let details: AuditDetails = [
      "claim": .string(claim.name), "caveats": .array(caveats.map { .string($0.text) }),
    ]
    let request = LedgerRequest(
      actor: .agent(chain.node, peer: session.peer),
      command: .claim(chain, AuditNote("grant.claim", node: chain.node, details)))
    _ = try await ledger.submit(request, from: session.source)
    claimsTold.add(digest, for: claimant)
  }
}

/// Which claimed tokens the audit log tells of already, by whom they were claimed last.
final class ClaimsTold: Sendable {
  struct Claimant: Hashable {
    let name: String
    let userID: UInt32
  }

  /// The most that are kept; whoever is forgotten makes an event more.
  private static let most = 1024
  private let told = Mutex<[Claimant: [UInt8]]>([:])

  func has(_ digest: [UInt8], for claimant: Claimant) -> Bool {
    told.withLock { $0[claimant] == digest }
  }

  func add(_ digest: [UInt8], for claimant: Claimant) {
    told.withLock { told in
      if told.count >= Self.most { told = [:] }
      told[claimant] = digest
    }
  }
}

extension PeerIdentity {
  /// What a claim can ask of it.
  fileprivate var claimText: String {
    let parts = ["uid=\(process.userID)", "gid=\(process.groupID)"]
    return (parts + (cgroup.map { ["cgroup=\($0.path)"] } ?? [])).joined(separator: ", ")
  }
}
