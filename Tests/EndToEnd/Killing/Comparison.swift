import Glibc
import LibCrypto
import LibSQLite
import PurserAPI
import PurserClient
import PurserCore
import PurserTesting
import PurserWallet

/// Compares the ledger with the workers' own records and with the wallet's.
struct Comparison: Sendable {
  let installation: Installation
  let prices: Prices
  let root: NodeID
  let workers: [Worker]

  /// How many old answers are asked for again each time.
  private static let repeats = 3

  /// The payments that the wallet says are settled, by hash in hex, with what they cost.
  func settledInWallet() throws -> [String: UInt64] {
    let settled = try installation.network.payments(of: Installation.payer)
      .filter { $0.state == .settled }
      .map { (Hex.encode($0.paymentHash), $0.amount.value + $0.fee.value) }
    return try Dictionary(settled) { _, _ in throw Failure("an invoice was paid twice") }
  }

  /// What chooses the holds of the node whose id is bound.
  private static let atNode = "node = (SELECT number FROM nodes WHERE id = ?1)"

  /// Compares while no worker is in a call; `paidBefore` was settled before the daemon started, so
  /// that it has taken it up by now.
  func compare(paidBefore: [String: UInt64], _ generator: inout SeededGenerator) throws {
    try resolveLost()
    let books = try Books(installation)
    try compareTree(try books.tree())
    try compareVault(try books.vault(), paidBefore: paidBefore)
    try books.verify()
    try repeatAnswers(&generator)
  }

  /// What was reserved without a key and without an answer is there or not: the rows say which, and
  /// from then on it stays so.
  private func resolveLost() throws {
    guard workers.contains(where: { !$0.record.lost.isEmpty }) else { return }
    let file = try SQLiteConnection(path: installation.ledgerFile, mode: .readOnly)
    for worker in workers {
      try worker.resolve { amount in
        let ids = try file.rows(
          "SELECT id FROM holds WHERE \(Self.atNode) AND amount_msat = ?2",
          [.blob(worker.node.bytes), .integer(Int64(amount.value))]
        ) { row in HoldID(bytes: row.blob(0)) }
        try check(ids.count <= 1, "what was asked for once is there \(ids.count) times")
        return try ids.first.map { try require($0, "a hold has no id") }
      }
    }
  }

  /// What was acknowledged is there once; what was not is there once or not at all.
  private func compareTree(_ tree: [NodeID: GrantView]) throws {
    var sum = Account.Counters()
    for worker in workers {
      let view = try require(tree[worker.node], "a worker's grant is gone")
      let found = Account.Counters(
        settled: view.settledMsat.value, held: view.heldMsat.value)
      let account = worker.record
      let possible = account.possible(prices: prices)
      try check(
        possible.contains(found),
        """
        \(view.name ?? "-") has \(found) in the ledger; acknowledged is \(account.certain), \
        pending \(account.pending)
        """)
      sum.settled += found.settled
      sum.held += found.held
    }
    try Books.checkLimits(tree)
    let top = try require(tree[root], "the root is gone")
    try check(
      top.settledMsat.value == sum.settled && top.heldMsat.value == sum.held,
      "the root has \(top.settledMsat) and \(top.heldMsat), its workers together \(sum)")
  }

  /// What the wallet paid is in the vault, and nothing else is; so is all that was handed out.
  private func compareVault(_ vault: [VaultEntry], paidBefore: [String: UInt64]) throws {
    let paid = try settledInWallet()
    let inVault = try Dictionary(
      vault.map { ($0.paymentHash, $0) }, uniquingKeysWith: { _, _ in throw Failure("twice") })
    for (hash, cost) in paidBefore {
      try check(inVault[hash]?.costMsat.value == cost, "\(hash) was paid and is not in the vault")
    }
    for hash in inVault.keys {
      try check(paid[hash] != nil, "\(hash) is in the vault and was not paid")
    }
    let ids = Set(vault.map(\.credential))
    for worker in workers {
      for entry in worker.record.acknowledged {
        guard case .bought(let reply) = entry.answer else { continue }
        try check(ids.contains(reply.credential), "what '\(entry.key)' bought is gone")
      }
    }
  }

  /// A key that was answered is answered with the same again.
  private func repeatAnswers(_ generator: inout SeededGenerator) throws {
    for _ in 0..<Self.repeats {
      guard let worker = workers.randomElement(using: &generator),
        let entry = worker.record.acknowledged.randomElement(using: &generator),
        entry.operation.isRepeatable
      else { continue }
      let again = try entry.operation.ask(
        try installation.agent(worker.token), key: entry.key)
      try check(again == entry.answer, "'\(entry.key)': \(entry.answer), then \(again)")
    }
  }

  /// Compares once more when everything was acknowledged: all sums are equal, in the API and in the
  /// file of a daemon that was stopped.
  func finish(_ daemon: ChildProcess) throws {
    try resolveLost()
    let books = try Books(installation)
    try compareTree(try books.tree())
    try compareVault(try books.vault(), paidBefore: try settledInWallet())
    try books.verify()
    try Books.verifyAsOperator(installation)
    daemon.signal(SIGTERM)
    try check(try daemon.waitForExit() == 0, "purserd did not end with 0")
    try compareFile()
  }

  private func compareFile() throws {
    let file = try SQLiteConnection(path: installation.ledgerFile, mode: .readOnly)
    for worker in workers {
      let account = worker.record
      try check(account.pending.isEmpty, "something is pending at the end")
      func count(_ kinds: (Operation) -> Bool) -> Int64 {
        Int64(account.acknowledged.count { kinds($0.operation) })
      }
      let node = SQLiteValue.blob(worker.node.bytes)
      for (what, sql, expected) in [
        (
          "reserves", "SELECT count(*) FROM holds WHERE kind = 'spend' AND \(Self.atNode)",
          Int64(account.found)
            + count {
              switch $0 {
              case .reserve, .reserveOnce: true
              case .settle, .release, .pay, .request: false
              }
            }
        ),
        (
          "settled spends",
          "SELECT count(*) FROM holds WHERE kind = 'spend' AND state = 'settled' AND \(Self.atNode)",
          count { if case .settle = $0 { true } else { false } }
        ),
        (
          "settled payments",
          "SELECT count(*) FROM payments WHERE state = 'settled' AND node = ?1",
          count { $0.isPurchase }
        ),
        (
          "credentials", "SELECT count(*) FROM credentials WHERE bought_by = ?1",
          count { $0.isPurchase }
        ),
        (
          "open payments",
          "SELECT count(*) FROM payments WHERE state NOT IN ('settled', 'failed') AND node = ?1", 0
        ),
        (
          "msat settled", "SELECT sum(settled_msat) FROM holds WHERE \(Self.atNode)",
          Int64(account.certain.settled)
        ),
        (
          "msat held",
          "SELECT ifnull(sum(amount_msat), 0) FROM holds WHERE state = 'held' AND \(Self.atNode)",
          Int64(account.certain.held)
        ),
      ] {
        let found = try file.integer(sql, [node]) ?? 0
        try check(found == expected, "the file has \(found) \(what), acknowledged are \(expected)")
      }
    }
    let paid = try settledInWallet()
    let cost = try file.integer("SELECT ifnull(sum(cost_msat), 0) FROM credentials") ?? 0
    try check(
      UInt64(cost) == paid.values.reduce(0, +), "the vault cost \(cost), which was not paid")
  }
}
