import PurserAPI
import PurserClient
import PurserCore

/// What an operator sees: the tree of budgets, and whether ledger and audit log verify.
struct Books {
  let connection: PurserConnection

  init(_ installation: Installation) throws { connection = try installation.operatorConnection() }

  /// Every grant by its node.
  func tree() throws -> [NodeID: GrantView] {
    let reply = try connection.call(GrantTree.self, GrantTree.Parameters())
    try check(!reply.truncated, "the tree is truncated")
    return Dictionary(uniqueKeysWithValues: reply.grants.map { ($0.node, $0) })
  }

  func vault() throws -> [VaultEntry] {
    try connection.call(VaultList.self, VaultList.Parameters()).credentials
  }

  /// The rows add up, and the log is whole.
  func verify() throws {
    let ledger = try connection.call(LedgerVerify.self, NoParameters())
    try check(ledger.ok, "ledger verify: \(ledger.faults)")
    let audit = try connection.call(AuditVerify.self, NoParameters())
    try check(audit.ok, "audit verify: \(audit.fault ?? "")")
  }

  /// The same, asked of the programs that an operator has.
  static func verifyAsOperator(_ installation: Installation) throws {
    for noun in ["ledger", "audit"] {
      let program = try installation.start(
        "purser", [noun, "verify"],
        environment: ["PURSER_OPERATOR_SOCKET": installation.operatorSocket])
      try check(try program.waitForExit() == 0, "purser \(noun) verify found a fault")
    }
  }

  /// No grant has more settled and held than its limit.
  static func checkLimits(_ tree: [NodeID: GrantView]) throws {
    for grant in tree.values {
      guard let limit = grant.spendMsat else { continue }
      let used = grant.settledMsat.value + grant.heldMsat.value
      try check(
        used <= limit.value, "\(grant.name ?? "-") has \(used) settled and held of \(limit)")
    }
  }
}
