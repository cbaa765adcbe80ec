import Foundation
import Glibc
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import PurserLedger
import PurserWallet
import Testing

extension EndToEnd {
  /// `purser backup` and `purser restore` with the built programs.
  @Suite struct BackupTests {
    @Test func `backups under load verify and hold what was acknowledged before each`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let daemon = try installation.startDaemon()
        let crew = try Crew(
          installation, rootLimit: 1_000_000_000, teamLimit: 100_000_000, workerLimit: 10_000_000)
        let load = try SpendLoad(installation, tokens: crew.tokens)
        var spentBefore: [UInt64] = []
        for number in 0..<3 {
          try load.waitForProgress()
          spentBefore.append(load.spent)
          try installation.purserHere("backup", "\(installation.directory)/b\(number)")
          if number == 0 { try installation.purserHere("key", "rotate") }
        }
        _ = try load.stop()
        let taken = try installation.purserHere(
          "backup", "\(installation.directory)/b0", status: 1)
        try check(taken.contains("never overwritten"), taken)
        daemon.kill()
        try installation.purserHere("backup", "\(installation.directory)/b3")
        spentBefore.append(load.spent)
        for (number, spent) in spentBefore.enumerated() {
          try Self.inspect(installation, "\(installation.directory)/b\(number)", crew, spent)
        }
        let left = try FileManager.default.contentsOfDirectory(
          atPath: "\(installation.directory)/h/data")
        try check(!left.contains { $0.contains(".copy-") }, "\(left)")
      }
    }

    /// Restores a backup in place of the ledger, and looks at it.
    private static func inspect(
      _ installation: Installation, _ backup: String, _ crew: Crew, _ spent: UInt64
    ) throws {
      try moveLedger(installation)
      try installation.purserHere("restore", backup)
      let ledger = try SQLiteLedger(path: installation.ledgerFile) { Timestamp(milliseconds: 0) }
      defer { ledger.close() }
      let faults = try ledger.verifyLedger().faults
      try check(faults.isEmpty, "\(faults)")
      let root = try require(try ledger.node(crew.root.node), "the root")
      try check(
        root.settled.value >= spent, "\(root.settled) of \(spent) in \(backup)")
      try check(root.mark?.state == .frozen, "the root is not frozen")
    }

    private static func moveLedger(_ installation: Installation) throws {
      for end in ["", "-wal", "-shm"] {
        let file = installation.ledgerFile + end
        _ = try? FileManager.default.removeItem(atPath: file + ".old")
        guard FileManager.default.fileExists(atPath: file) else { continue }
        try FileManager.default.moveItem(atPath: file, toPath: file + ".old")
      }
    }

    @Test func `a restored ledger books what the wallet paid since before anything is unfrozen`()
      async throws
    {
      try await Installation.use { installation in
        let seller = try Seller(network: installation.network)
        try installation.writePolicy(seller.policy("goods", feeLimit: 1_000))
        let daemon = try installation.startDaemon()
        let price = try require(Msat(5_000), "a price")
        let grant = try installation.grant(.init("team", spend: 1_000_000))
        let agent = try installation.agent(grant.token)
        _ = try agent.call(
          ChallengePay.self, try seller.challenge(for: "goods", price: price).parameters)
        let backup = "\(installation.directory)/backup"
        try installation.purserHere("backup", backup)
        let lost = try seller.challenge(for: "goods", price: price)
        _ = try agent.call(ChallengePay.self, lost.parameters)
        let late = try installation.grant(.init("late", spend: 1_000_000))
        let key = try installation.operatorConnection()
          .call(AuditCheckpoint.self, NoParameters()).key
        let note = try installation.purser(["audit", "checkpoint"])
        try note.write(
          toFile: "\(installation.directory)/note", atomically: true, encoding: .utf8)
        let running = try installation.purserHere("restore", backup, status: 1)
        try check(running.contains("another daemon has this ledger open"), running)
        daemon.kill()
        let there = try installation.purserHere("restore", backup, status: 1)
        try check(there.contains("never overwritten"), there)
        try Self.moveLedger(installation)
        try installation.purserHere("restore", backup)
        try Self.checkRollback(installation, key: key)
        _ = try installation.startDaemon()
        try Self.bookLost(installation, grant, late, Hex.encode(lost.paymentHash))
      }
    }

    /// A checkpoint that was kept elsewhere shows that the log was put back.
    private static func checkRollback(_ installation: Installation, key: String) throws {
      let said = try installation.purser(
        [
          "audit", "verify", "--database", installation.ledgerFile, "--key", key, "--checkpoint",
          "\(installation.directory)/note",
        ], status: 1)
      try check(said.contains("checkpoint"), said)
    }

    private static func bookLost(
      _ installation: Installation, _ grant: GrantCreate.Reply, _ late: GrantCreate.Reply,
      _ hash: String
    ) throws {
      let operators = try installation.operatorConnection()
      let agent = try installation.agent(grant.token)
      let frozen = try BadChallengeTests.refusal {
        _ = try agent.call(SpendCharge.self, .init(amountMsat: .one))
      }
      try check(frozen?.reason == "frozen", "\(String(describing: frozen))")
      let unknown = try BadChallengeTests.refusal {
        _ = try installation.agent(late.token).call(SpendCharge.self, .init(amountMsat: .one))
      }
      try check(unknown?.reason == "forbidden", "\(String(describing: unknown))")
      let list = try installation.purser(["payment", "unbooked"])
      try check(list.contains(hash) && list.contains("\"settled\":false"), list)
      let early = try installation.purser(["grant", "unfreeze", grant.node.hex], status: 1)
      try check(early.contains("purser payment unbooked"), early)
      let before = try require(try Books(installation).tree()[grant.node], "the grant")
      try installation.purser(["payment", "book", hash, "--grant", grant.node.hex])
      try installation.purser(["grant", "unfreeze", grant.node.hex])
      let after = try require(try Books(installation).tree()[grant.node], "the grant")
      try check(
        after.settledMsat.value == before.settledMsat.value + 5_000, "\(after.settledMsat)")
      _ = try agent.call(SpendCharge.self, .init(amountMsat: .one))
      try Books(installation).verify()
      let status = try operators.call(RestoreStatus.self, NoParameters())
      try check(status.isSettled, "\(status)")
    }

    @Test func `a backup that was damaged, or whose key is not there, restores nothing`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let daemon = try installation.startDaemon()
        _ = try installation.grant(.init("team", spend: 10))
        let backup = "\(installation.directory)/backup"
        try installation.purserHere("backup", backup)
        daemon.kill()
        try Self.moveLedger(installation)
        let good = try Data(contentsOf: URL(filePath: backup))
        var bad = good
        bad[good.count / 2] ^= 1
        for spoiled in [bad, good.prefix(good.count - 1), good.prefix(20), Data()] {
          try Data(spoiled).write(to: URL(filePath: backup))
          try installation.purserHere("restore", backup, status: 1)
          try Self.checkNothing(installation)
        }
        try good.write(to: URL(filePath: backup))
        let keys = try String(contentsOfFile: installation.keyFile, encoding: .utf8)
        try keys.replacing("\n1 ", with: "\n2 ")
          .write(toFile: installation.keyFile, atomically: false, encoding: .utf8)
        let said = try installation.purserHere("restore", backup, status: 1)
        try check(said.contains("sealed under master key 1"), said)
        try Self.checkNothing(installation)
        try keys.write(toFile: installation.keyFile, atomically: false, encoding: .utf8)
        try installation.purserHere("restore", backup)
      }
    }

    private static func checkNothing(_ installation: Installation) throws {
      let names = try FileManager.default.contentsOfDirectory(
        atPath: "\(installation.directory)/h/data")
      let left = names.filter { $0.contains("restoring") || $0 == "ledger.db" }
      try check(left.isEmpty, "\(left)")
    }
  }
}
