import Foundation
import Glibc
import LibCrypto
import Macaroons
import PurserAPI
import PurserClient
import PurserCore
import PurserLedger
import Synchronization
import Testing

extension EndToEnd {
  /// Master keys rotated and retired under a daemon that works.
  @Suite struct KeyTests {
    @Test func `keys rotate and retire under load, with no call refused and no budget lost`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let crew = try Crew(
          installation, rootLimit: 1_000_000_000, teamLimit: 100_000_000, workerLimit: 10_000_000)
        let load = try SpendLoad(installation, tokens: crew.tokens)
        for number in 2...4 {
          try load.waitForProgress()
          let said = try installation.purserHere("key", "rotate")
          try check(said.contains("\"current\":\(number),\"loaded\":true"), said)
        }
        try load.waitForProgress()
        let spent = try load.stop()
        let root = try require(try Books(installation).tree()[crew.root.node], "the root")
        try check(root.settledMsat.value == spent, "\(root.settledMsat) settled of \(spent)")
        let list = try installation.purserHere("key", "list")
        try check(list.contains("\"current\":true,\"in_file\":true,\"loaded\":true,"), list)
        try Self.retire(installation, crew)
        try Books(installation).verify()
        try Self.checkSecrets(installation)
      }
    }

    private static func retire(_ installation: Installation, _ crew: Crew) throws {
      let old = try require(try installation.masterKeys()[1], "key 1")
      let said = try installation.purserHere("key", "retire", "1", status: 1)
      try check(said.contains("stops for good every grant token") && said.contains("--yes"), said)
      let current = try installation.purserHere("key", "retire", "4", "--yes", status: 1)
      try check(current.contains("key 4 is the current one"), current)
      _ = try installation.agent(crew.root.token).call(SpendCharge.self, .init(amountMsat: .one))
      try installation.purserHere("key", "retire", "1", "--yes")
      try check(try installation.masterKeys().keys.sorted() == [2, 3, 4], "the file's keys")
      let refusal = try BadChallengeTests.refusal {
        _ = try installation.agent(crew.tokens[9]).call(SpendCharge.self, .init(amountMsat: .one))
      }
      try check(refusal?.reason == "unauthenticated", "\(String(describing: refusal))")
      let text = refusal?.message ?? ""
      try check(text.contains("its key was retired"), text)
      let again = try installation.purserHere("key", "retire", "1", "--yes", status: 1)
      try check(again.contains("there is no key 1"), again)
      let file = try String(contentsOfFile: installation.keyFile, encoding: .utf8)
      try check(!file.contains(old), "the retired key is still in the file")
      let log = try installation.purser(["audit", "export", "--database", installation.ledgerFile])
        .replacing("\\", with: "")
      for wanted in [
        #""action":"key.reload","actor":{"kind":"operator","#,
        #""details":{"added":[2],"current":2,"removed":[]}"#,
        #""details":{"added":[],"current":4,"removed":[1]}"#,
      ] {
        try check(log.contains(wanted), "not in the log: \(wanted)")
      }
    }

    private static func checkSecrets(_ installation: Installation) throws {
      var secrets: [String: [UInt8]] = [:]
      for (number, text) in try installation.masterKeys() {
        secrets["key \(number)"] = try require(Hex.decode(text), "a key in hex")
      }
      let scanner = SecretScanner(secrets)
      for name in ["purserd.log", "purser-said.log", "h/data/ledger.db", "h/data/ledger.db-wal"] {
        let content = try Data(contentsOf: URL(filePath: "\(installation.directory)/\(name)"))
        try check(!content.isEmpty, "\(name) is empty")
        let found = scanner.find(in: content)
        try check(found.isEmpty, "in \(name): \(found)")
      }
      let key = Data(try String(contentsOfFile: installation.keyFile, encoding: .utf8).utf8)
      try check(!scanner.find(in: key).isEmpty, "the scan finds nothing where the keys are")
    }

    @Test func `without a daemon the file changes alone, and a daemon takes it up at its start`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let said = try installation.purserHere("key", "rotate")
        try check(said.contains("\"current\":2,\"loaded\":false"), said)
        let retired = try installation.purserHere("key", "retire", "1", "--yes", status: 5)
        try check(retired.contains("start purserd"), retired)
        let list = try installation.purserHere("key", "list")
        try check(list.contains("\"current\":true,\"in_file\":true,\"made_at\":"), list)
        _ = try installation.startDaemon()
        let token = try installation.grant(.init("top", spend: 10)).token
        let identifier = try GrantToken(parsing: token).macaroon.identifier
        try check(GrantIdentifier(bytes: identifier)?.keyID == 2, "\(identifier)")
      }
    }

    @Test func `rotations at the same time lose no key`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let ended = try concurrently(8) { _ in
          let log = "\(installation.directory)/rotate.log"
          let program = try ChildProcess(
            "purser", ["key", "rotate", "--config", installation.configurationFile], log: log)
          return try program.waitForExit(seconds: 60)
        }
        let made = ended.filter { $0 == 0 }.count
        let refused = ended.filter { $0 == 1 }.count
        try check(made > 0 && made + refused == ended.count, "\(ended)")
        let keys = try installation.masterKeys()
        let numbers: [UInt64] = keys.keys.sorted()
        let expected: [UInt64] = (0...made).map { UInt64($0) + 1 }
        try check(numbers == expected, "\(numbers)")
        try check(Set(keys.values).count == keys.count, "a key stands there twice")
        let loaded = try installation.operatorConnection().call(KeyList.self, NoParameters())
        let served: [UInt64] = loaded.keys.map(\.number)
        try check(served == numbers, "\(loaded)")
      }
    }

    @Test func `a daemon that cannot follow says so and goes on with its keys`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let token = try installation.grant(.init("top", spend: 10)).token
        // Key 1 becomes another one, behind the daemon's back.
        let first = try require(try installation.masterKeys()[1], "key 1")
        let good = try String(contentsOfFile: installation.keyFile, encoding: .utf8)
        try good.replacing(first, with: Hex.encode(randomBytes(32)))
          .write(toFile: installation.keyFile, atomically: false, encoding: .utf8)
        let said = try installation.purserHere("key", "rotate", status: 1)
        try check(
          said.contains("key 2 was added, but the daemon goes on with the keys that it had")
            && said.contains("key 1 is another one") && said.contains("purser key reload"), said)
        _ = try installation.agent(token).call(SpendCharge.self, .init(amountMsat: .one))
        let changed = try String(contentsOfFile: installation.keyFile, encoding: .utf8)
        let wrong = try require(try installation.masterKeys()[1], "key 1")
        try changed.replacing(wrong, with: first)
          .write(toFile: installation.keyFile, atomically: false, encoding: .utf8)
        let mended = try installation.purserHere("key", "reload")
        try check(mended.contains("\"added\":[2],\"current\":2"), mended)
        _ = try installation.agent(token).call(SpendCharge.self, .init(amountMsat: .one))
      }
    }
  }
}

extension Msat {
  /// One millisatoshi.
  static var one: Msat { Msat(1) ?? .zero }
}
