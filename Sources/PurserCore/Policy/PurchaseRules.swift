// What the tokens and the policy say of a purchase. Buying and explaining go through these.
extension Policy {
  /// The service `id`, if every level of `chain` and the policy allow it.
  ///
  /// A refusal does not repeat what was sent as a name: it may be a token in the wrong place.
  /// - Returns: Nil only while explaining, when the policy has no such service.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func service(
    _ id: String, for chain: GrantChain, trace: inout RuleTrace
  ) throws(Refusal) -> Service? {
    for level in chain.levels {
      guard let allowed = level.services else { continue }
      try trace.apply(
        "caveat:services", at: level.node,
        says: "services=\(allowed.sorted().joined(separator: ","))"
      ) { () throws(Refusal) in
        guard !allowed.contains(id) else { return }
        throw .forbidden(
          rule: "caveat:services",
          explanation:
            "your grant does not allow this service; it allows: \(serviceNames(for: chain))")
      }
    }
    let service = services[id]
    try trace.apply(
      "policy:services",
      says: service.map { "'\($0.id)' at \($0.origins.first ?? "no origin")" }
        ?? "it has: \(serviceNames(for: chain))"
    ) { () throws(Refusal) in
      guard service == nil else { return }
      throw .forbidden(
        rule: "policy:services",
        explanation: "the policy has no such service; it has: \(serviceNames(for: chain))")
    }
    return service
  }

  /// The services of the policy that a grant may use, or all of them, as a list for people.
  public func serviceNames(for chain: GrantChain?) -> String {
    Self.list(services.keys.filter { chain?.allows(service: $0) ?? true }.sorted())
  }

  /// Names as a list for people.
  public static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}

extension Service {
  /// The capabilities that a copy for the holder of `chain` may have, sorted; nil when nothing
  /// restricts them.
  ///
  /// `asked` are those that are asked for; nil asks for all that may be had.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func capabilities(
    _ asked: [String]?, for chain: GrantChain, trace: inout RuleTrace
  ) throws(Refusal) -> [String]? {
    for capability in asked ?? [] {
      try checkListed(capability, trace: &trace)
      for level in chain.levels {
        try check(capability, at: level, trace: &trace)
      }
    }
    if let asked { return Set(asked).sorted() }
    guard let granted = chain.capabilities(of: id) else {
      return capabilities.isEmpty ? nil : capabilities
    }
    // Both the grant and the policy bind; where the policy lists none, the grant's own stand.
    let allowed = capabilities.isEmpty ? granted : granted.intersection(capabilities)
    let names = Policy.list(allowed.sorted())
    try trace.apply("caveat:\(id)_capabilities", at: chain.node, says: "it leaves: \(names)") {
      () throws(Refusal) in
      guard allowed.isEmpty else { return }
      throw .forbidden(
        rule: "caveat:\(id)_capabilities",
        explanation: "your grant allows no capability of '\(id)'")
    }
    return allowed.sorted()
  }

  private func checkListed(_ capability: String, trace: inout RuleTrace) throws(Refusal) {
    try trace.apply("policy:capabilities", says: "'\(id)' has \(Policy.list(capabilities))") {
      () throws(Refusal) in
      guard !capabilities.contains(capability) else { return }
      throw .forbidden(
        rule: "policy:capabilities",
        explanation: """
          the policy has no such capability of '\(id)'; it has: \(Policy.list(capabilities))
          """)
    }
  }

  private func check(
    _ capability: String, at level: GrantLevel, trace: inout RuleTrace
  ) throws(Refusal) {
    guard let allowed = level.capabilities[id] else { return }
    try trace.apply(
      "caveat:\(id)_capabilities", at: level.node,
      says: "\(id)_capabilities=\(allowed.sorted().joined(separator: ","))"
    ) { () throws(Refusal) in
      guard !allowed.contains(capability) else { return }
      throw .forbidden(
        rule: "caveat:\(id)_capabilities",
        explanation: "your grant does not allow '\(capability)' of '\(id)'")
    }
  }

  /// Refuses a price above the ceiling.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func checkPrice(_ amount: Msat, trace: inout RuleTrace) throws(Refusal) {
    guard let ceiling = priceCeiling else { return }
    try trace.apply("policy:price_ceiling", says: "\(ceiling) for one purchase") {
      () throws(Refusal) in
      guard amount > ceiling else { return }
      throw .forbidden(
        rule: "policy:price_ceiling",
        explanation: "'\(id)' asks \(amount), above the policy's price_ceiling \(ceiling)")
    }
  }

  /// Refuses an invoice of `payee`, 33 bytes, that the policy does not let be paid.
  ///
  /// `isBrought` is whether an agent brought the challenge; else the daemon fetched it from the
  /// service's own origin.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func checkPayee(
    _ payee: [UInt8], isBrought: Bool, trace: inout RuleTrace
  ) throws(Refusal) {
    if isBrought { try checkBringing(trace: &trace) }
    guard !payees.isEmpty else { return }
    try trace.apply("policy:payees", says: "\(payees.count) listed") { () throws(Refusal) in
      guard !payees.contains(payee) else { return }
      throw .forbidden(
        rule: "policy:payees",
        explanation: "the invoice pays a key that the policy does not list for '\(id)'")
    }
  }

  /// Refuses a bare invoice of `payee`, 33 bytes, that the policy does not let be paid.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func checkInvoice(of payee: [UInt8], trace: inout RuleTrace) throws(Refusal) {
    try trace.apply("policy:invoices", says: "invoices: \(invoices.rawValue)") {
      () throws(Refusal) in
      // Without a payee to compare with, an agent could pay itself.
      guard invoices == .deny || payees.isEmpty else { return }
      throw .forbidden(
        rule: "policy:invoices",
        explanation: """
          the policy lets no bare invoice of '\(id)' be paid; that takes invoices: allow, and payees
          """)
    }
    try checkPayee(payee, isBrought: false, trace: &trace)
  }

  /// Refuses to buy of a service that has no place to buy at.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)``, while deciding.
  public func checkOrigin(trace: inout RuleTrace) throws(Refusal) {
    guard origins.isEmpty else { return }
    try trace.apply("policy:origins", says: "it has none") { () throws(Refusal) in
      throw .forbidden(
        rule: "policy:origins",
        explanation: "'\(id)' sells no tokens: it has invoices paid, with invoice.pay")
    }
  }

  /// Whether an agent may bring a challenge of its own at all.
  public func checkBringing(trace: inout RuleTrace) throws(Refusal) {
    let says = "bring_challenges: \(bringChallenges.rawValue)"
    if bringChallenges == .approve, payees.isEmpty {
      return try trace.askOperator("policy:bring_challenges", says: says) { true }
    }
    let rule = bringChallenges == .deny ? "policy:bring_challenges" : "policy:payees"
    try trace.apply(rule, says: says) { () throws(Refusal) in
      switch bringChallenges {
      case .deny:
        throw .forbidden(
          rule: rule,
          explanation: "the policy lets nobody bring challenges of '\(id)'; use credential.request")
      case .pinned, .approve:
        guard payees.isEmpty else { return }
        throw .forbidden(
          rule: rule,
          explanation: """
            a challenge that an agent brings is paid only to payees that the policy pins for \
            '\(id)'; use credential.request
            """)
      }
    }
  }
}
