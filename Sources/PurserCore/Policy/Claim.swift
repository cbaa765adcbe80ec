internal import LibCrypto

/// A top-level grant of the policy, for whoever the kernel says is at the other end of the socket.
public struct Claim: Sendable, Equatable {
  /// Its name in the policy.
  public let name: String
  /// Who may claim it.
  public var claimant: Claimant
  /// What it grants.
  public var limits: GrantLimits

  /// A grant for `claimant`.
  public init(name: String, claimant: Claimant, limits: GrantLimits = GrantLimits()) {
    self.name = name
    self.claimant = claimant
    self.limits = limits
  }
}

extension Claim {
  /// The id of its grant: `SHA-256("purser/claim" ‖ 0 ‖ name ‖ 0 ‖ claimant)`, the first 16 bytes.
  ///
  /// It depends on no key and no moment, so claiming again, after the token's end, a reload or a
  /// new key, gives the same grant. What is granted may change; another claimant is another grant.
  public var grantID: NodeID {
    let parts = [name] + claimant.bindings.map(\.text)
    let text = parts.map { Array($0.utf8) }.joined(separator: [0])
    return NodeID(digest: SHA256.hash(Array("purser/claim".utf8) + [0] + text))
  }

  /// The caveats of a token that is handed out at `now`, and its end in Unix seconds.
  ///
  /// Nobody's token lives longer than `greatestLife` seconds. The moment is cut to eighths of the
  /// life, so that claiming over and over gives the same token for a while.
  /// - Throws: ``GrantCaveatError`` for a limit that no token can state.
  public func caveats(
    at now: Timestamp, greatestLife: UInt64
  ) throws(GrantCaveatError) -> (caveats: [GrantCaveat], end: UInt64) {
    let life = min(limits.lifetimeSeconds ?? greatestLife, greatestLife)
    let start = now.seconds - now.seconds % max(1, life / 8)
    var stated = limits
    stated.lifetimeSeconds = nil
    let end = min(start + life, limits.validUntilSeconds ?? .max, Msat.max.value)
    stated.validUntilSeconds = end
    let label = try GrantCaveat(parsing: Array("name=\(name)".utf8))
    return ([label] + (try stated.caveats(at: now)), end)
  }
}

/// Processes, as the kernel names them; everything that is set must fit.
public struct Claimant: Sendable, Equatable {
  /// The user id.
  public var userID: UInt32?
  /// The group id.
  public var groupID: UInt32?
  /// The control group, such as `/user.slice/agents.service`: it and those below it.
  public var controlGroup: ControlGroup?

  /// The processes with these ids; at least one should be set.
  public init(
    userID: UInt32? = nil, groupID: UInt32? = nil, controlGroup: ControlGroup? = nil
  ) {
    self.userID = userID
    self.groupID = groupID
    self.controlGroup = controlGroup
  }

  /// Whether a process of these ids is one of them; nobody is when nothing is set.
  ///
  /// `controlGroup` is nil where the kernel did not say.
  public func includes(userID: UInt32, groupID: UInt32, controlGroup: ControlGroup?) -> Bool {
    guard self.userID != nil || self.groupID != nil || self.controlGroup != nil else {
      return false
    }
    if let wanted = self.userID, wanted != userID { return false }
    if let wanted = self.groupID, wanted != groupID { return false }
    guard let wanted = self.controlGroup else { return true }
    return controlGroup.map(wanted.contains) ?? false
  }

  /// The same as what a token asks of the process that shows it.
  public var bindings: [PeerBinding] {
    [
      userID.map(PeerBinding.user), groupID.map(PeerBinding.group),
      controlGroup.map(PeerBinding.cgroup),
    ].compactMap { $0 }
  }
}

/// The limits of one level, as people write them in a file; nil and none are no limit.
public struct GrantLimits: Sendable, Equatable {
  /// The most that may be settled and held, in all and in windows.
  public var spend: [SpendLimit] = []
  /// The most for one payment or hold, fee included.
  public var payment: Msat?
  /// A payment above one of these, in all or in a window, waits for an operator.
  public var approveAbove: [SpendLimit] = []
  /// The only services.
  public var services: [String]?
  /// The only capabilities, by service.
  public var capabilities: [String: [String]] = [:]
  /// The only methods, such as `credential.*`.
  public var methods: [String]?
  /// The most admitted operations in windows.
  public var calls: [CallLimit] = []
  /// What the process that shows the token must be; all of it must fit.
  public var peers: [PeerBinding] = []
  /// The life of a token, in seconds.
  public var lifetimeSeconds: UInt64?
  /// Unix seconds before which it is good.
  public var validUntilSeconds: UInt64?
  /// How many levels may be opened below.
  public var depth: UInt64?

  /// No limit.
  public init() {}

  /// The caveats that state these limits in a token that is made at `now`, in the order of the
  /// token format's table.
  /// - Throws: ``GrantCaveatError`` for a limit that no token can state, such as a service with no
  ///   name.
  public func caveats(at now: Timestamp) throws(GrantCaveatError) -> [GrantCaveat] {
    var caveats: [GrantCaveat] = []
    for text in texts(at: now) { caveats.append(try GrantCaveat(parsing: Array(text.utf8))) }
    return caveats
  }

  private func texts(at now: Timestamp) -> [String] {
    var texts = spend.map { "spend_msat=\($0.text)" }
    if let payment { texts.append("payment_msat=\(payment.value)") }
    if let services { texts.append("services=\(services.joined(separator: ","))") }
    for (service, names) in capabilities.sorted(by: { $0.key < $1.key }) {
      texts.append("\(service)_capabilities=\(names.joined(separator: ","))")
    }
    if let end = end(at: now) { texts.append("valid_until=\(end)") }
    if let depth { texts.append("depth=\(depth)") }
    if let methods { texts.append("methods=\(methods.joined(separator: ","))") }
    texts += calls.map { "calls=\($0.text)" }
    texts += approveAbove.map { "approve_above_msat=\($0.text)" }
    texts += peers.map { "peer=\($0.text)" }
    return texts
  }

  /// The end of a token that is made at `now`, in Unix seconds; nil for none.
  private func end(at now: Timestamp) -> UInt64? {
    let ends = [lifetimeSeconds.map { now.seconds + $0 }, validUntilSeconds].compactMap { $0 }
    return ends.min().map { min($0, Msat.max.value) }
  }
}
