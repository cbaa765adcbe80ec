internal import Foundation
internal import PurserAPI
internal import PurserClient
internal import PurserCore

/// What an operator sees at the end, and whether it all adds up.
struct Report {
  let stage: Stage
  let checks: Checks

  func print(workers: [Agent]) throws {
    let connection = try PurserConnection(path: stage.operatorSocket)
    let tree = try connection.call(GrantTree.self, GrantTree.Parameters())
    heading("The tree of budgets")
    printTree(tree.grants)
    heading("What each worker bought")
    let vault = try connection.call(VaultList.self, VaultList.Parameters()).credentials
    try printPurchases(vault, tree.grants)
    heading("The paywall's own access log")
    try checkAccessLog(vault)
    heading("The books")
    try checkBooks(connection, tree.grants, vault)
  }

  private func printTree(_ grants: [GrantView]) {
    var depth: [NodeID: Int] = [:]
    for grant in grants {
      let level = grant.parent.flatMap { depth[$0] }.map { $0 + 1 } ?? 0
      depth[grant.node] = level
      let name = String(repeating: "  ", count: level) + (grant.name ?? "-")
      let padding = String(repeating: " ", count: max(1, 18 - name.count))
      let limit = grant.spendMsat.map { " of \($0)" } ?? ""
      say("\(name)\(padding)\(grant.settledMsat)\(limit), held \(grant.heldMsat), \(grant.state)")
    }
  }

  private func printPurchases(_ vault: [VaultEntry], _ grants: [GrantView]) throws {
    for entry in vault {
      let buyer = grants.first { $0.node == entry.boughtBy }?.name ?? "-"
      say("\(buyer): \(entry.service) for \(entry.costMsat)")
    }
    try checks.expect(vault.count == 2, "two purchases in all")
  }

  /// The paywall saw each purchase: what it served was paid for with hashes of our vault.
  private func checkAccessLog(_ vault: [VaultEntry]) throws {
    let lines = try String(contentsOfFile: stage.accessLog, encoding: .utf8).split(separator: "\n")
    let entries = try lines.map {
      try JSONDecoder().decode(AccessEntry.self, from: Data($0.utf8))
    }
    for entry in entries {
      say("\(entry.status) \(entry.path)\(entry.reason.map { ": \($0)" } ?? "")")
    }
    let served = entries.filter { $0.status == 200 }
    try checks.expect(served.count == 4, "it served four requests")
    try checks.expect(
      Set(served.compactMap(\.paymentHash)) == Set(vault.map(\.paymentHash)),
      "each paid with a hash that is in the vault")
    try checks.expect(
      entries.contains { $0.status == 402 && $0.path == "/market-data/prices" },
      "it asked for money first")
    for (reason, what) in [
      ("service_not_allowed", "it refused a credential for another service"),
      ("expired", "it refused the copy of a grant that had ended"),
    ] { try checks.expect(entries.contains { $0.reason == reason }, what) }
  }

  private func checkBooks(
    _ connection: PurserConnection, _ grants: [GrantView], _ vault: [VaultEntry]
  ) throws {
    let spent = vault.reduce(Msat.zero) { $0.adding($1.costMsat) ?? .max }
    let top = try checks.require(grants.first, "there is a tree")
    try checks.expect(
      top.settledMsat == spent && top.heldMsat == .zero,
      "the orchestrator's tree spent \(spent), which is what the purchases cost")
    let ledger = try connection.call(LedgerVerify.self, NoParameters())
    try checks.expect(
      ledger.ok, "ledger verify: \(ledger.nodes) nodes and \(ledger.holds) holds add up")
    let audit = try connection.call(AuditVerify.self, NoParameters())
    try checks.expect(
      audit.ok, "audit verify: \(audit.events) events, head \(audit.head.prefix(16))…")
    let events = try connection.call(AuditList.self, AuditList.Parameters(limit: 1000)).events
    let noted = events.filter { $0.event.contains("\"action\":\"refused\"") }
    try checks.expect(!noted.isEmpty, "the log has notes of refusals: \(noted.count)")
  }
}

/// One line of the paywall's access log.
private struct AccessEntry: Decodable {
  let path: String
  let status: Int
  let paymentHash: String?
  let reason: String?

  enum CodingKeys: String, CodingKey {
    case path, status, reason
    case paymentHash = "payment_hash"
  }
}
