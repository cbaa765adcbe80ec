internal import PurserAPI
internal import PurserCore

// The services that a caller may use, and where they are.
extension Coordinator {
  func listServices(for caller: Caller) throws(Refusal) -> ServiceList.Reply {
    if let chain = caller.chain { try checkStanding(of: chain) }
    let policy = policy
    var entries: [ServiceList.Entry] = []
    for service in policy.services.values.sorted(by: { $0.id < $1.id })
    where caller.chain?.allows(service: service.id) ?? true {
      entries.append(
        ServiceList.Entry(
          service, hasCredential: try hasCredential(of: service, for: caller.chain)))
    }
    return ServiceList.Reply(services: entries)
  }

  /// Whether the vault has something for a holder of `chain`; for an operator, for everybody.
  private func hasCredential(
    of service: Service, for chain: GrantChain?
  ) throws(Refusal) -> Bool {
    try usableRoots(of: service).contains {
      $0.purchase.scope == nil ? service.roots == .shared : $0.purchase.scope == chain?.node
    }
  }
}
