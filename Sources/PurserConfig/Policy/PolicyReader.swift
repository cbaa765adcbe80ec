internal import PurserCore

/// Reads the files of one policy, one after the other, into one value.
final class PolicyReader {
  private let services = ServiceTable.keys
  private let tables: GrantTables
  private var policy = Policy()
  /// Where each name was defined first, by its kind and its lower-case spelling.
  private var places: [String: (name: String, field: Field)] = [:]
  /// The services that claims name, to be looked up when all are known.
  private var claims: [(claim: Claim, section: Section)] = []
  private var sellers: [String: String] = [:]

  init(calendar: (any SpendCalendar)?) { tables = GrantTables(calendar: calendar) }

  /// Reads one file.
  /// - Returns: Nil, and what is wrong is in the log, when it cannot be read at all.
  func read(_ text: String, log: MistakeLog) -> Bool {
    YAMLText.root(of: text, log: log)?.mapping { root in
      guard root.checkVersion(newest: PolicyFile.version) else { return nil }
      root["limits"]?.mapping { section in readLimits(section) }
      readServices(root["services"]?.entries(maximum: PolicyFile.maximumServices) ?? [])
      readClaims(root["claims"]?.entries(maximum: PolicyFile.maximumClaims) ?? [])
      return true
    } ?? false
  }

  /// The policy, after all files.
  func finish() -> Policy {
    for (claim, section) in claims {
      checkServices(of: claim, section)
      warn(claim, section)
    }
    return policy
  }

  private func readLimits(_ section: Section) -> Void? {
    for entry in section.present { define("limits", entry) }
    section.read(tables.ceilings, into: &policy)
    return ()
  }

  private func readServices(_ entries: [Field.Entry]) {
    for entry in entries where define("services", entry) {
      let service = entry.field.mapping { section in
        ServiceTable.read(id: entry.key, section, services)
      }
      guard let service else { continue }
      policy.services[entry.key] = service
      guard let origin = service.origins.first else { continue }
      let seller = origin + service.challengePath
      if let other = sellers.updateValue(entry.key, forKey: seller) {
        entry.field.warn(.sameSeller(as: other))
      }
    }
  }

  private func readClaims(_ entries: [Field.Entry]) {
    for entry in entries where define("claims", entry) {
      let _: Void? = entry.field.mapping { section in
        var claim = Claim(name: entry.key, claimant: Claimant())
        section.read(tables.claim, into: &claim)
        let who = ["uid", "gid", "cgroup"].compactMap { section[$0] }
        if who.isEmpty { section.field.report(.nobodyMayClaim) }
        let bindings = claim.claimant.bindings + claim.limits.peers
        if let (first, second) = PeerBinding.contradiction(in: bindings) {
          section["peer"]?.report(.contradiction(first.text, second.text))
        }
        policy.claims[entry.key] = claim
        claims.append((claim, section))
        return ()
      }
    }
  }

  /// Keeps in mind where a name is defined; one that was before is a mistake, in whatever case.
  @discardableResult
  private func define(_ kind: String, _ entry: Field.Entry) -> Bool {
    if kind != "limits", !ServiceName.isValid(entry.key) {
      entry.keyField.report(.badValue(found: entry.key, expected: ValueKind<String>.name.expected))
    }
    let address = "\(kind).\(entry.key.lowercased())"
    guard let (name, field) = places[address] else {
      places[address] = (entry.key, entry.keyField)
      return true
    }
    if name == entry.key {
      entry.field.at(entry.keyField).report(.definedTwice(first: field.place))
    } else {
      entry.keyField.report(.idLikeAnother(name))
    }
    return name != entry.key
  }

  private func checkServices(of claim: Claim, _ section: Section) {
    let known = policy.services.keys.sorted()
    for name in claim.limits.services ?? [] where policy.services[name] == nil {
      section["services"]?.report(.unknownService(name, nearest: nearest(to: name, among: known)))
    }
    for (id, names) in claim.limits.capabilities.sorted(by: { $0.key < $1.key }) {
      guard let service = policy.services[id] else {
        section["capabilities"]?.report(.unknownService(id, nearest: nearest(to: id, among: known)))
        continue
      }
      guard !service.capabilities.isEmpty else { continue }
      for name in names where !service.capabilities.contains(name) {
        section["capabilities"]?.report(
          .unknownCapability(
            name, service: id, nearest: nearest(to: name, among: service.capabilities)))
      }
    }
  }

  private func warn(_ claim: Claim, _ section: Section) {
    let claimant = claim.claimant
    if claimant.userID != nil, claimant.groupID == nil, claimant.controlGroup == nil {
      section["uid"]?.warn(.claimByUserAlone)
    }
    let ceilings = policy.ceilings
    if claim.limits.spend.isEmpty, ceilings.spend == nil, ceilings.windows.isEmpty {
      section.field.warn(.unlimitedClaim)
    }
    if let life = claim.limits.lifetimeSeconds, life > policy.grantLifetimeSeconds {
      section["ttl"]?.warn(.claimAboveCeiling(key: "limits.grant_lifetime"))
    }
    if let payment = claim.limits.payment, let ceiling = ceilings.payment, payment > ceiling {
      section["payment"]?.warn(.claimAboveCeiling(key: "limits.grant_payment"))
    }
    let limits = (ceilings.spend.map { [SpendLimit($0)] } ?? []) + ceilings.windows
    let isWider = claim.limits.spend.contains { stated in
      limits.amount(per: stated.window).map { stated.amount > $0 } ?? false
    }
    if isWider { section["spend"]?.warn(.claimAboveCeiling(key: "limits.grant_spend")) }
  }
}

extension Field {
  /// What stands here, reported at the place of its key.
  fileprivate func at(_ key: Field) -> Field { Field(node: key.node, path: path, log: log) }
}
