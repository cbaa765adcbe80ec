import Foundation
import LibCrypto
import LibSQLite
import PurserAPI
import PurserClient
import PurserCore
import Synchronization
import Testing

extension EndToEnd {
  /// Workers that make as much work, and as many rows, as they can.
  @Suite struct FloodTests {
    /// A token below `parent` that the daemon has never seen.
    private static func fresh(below parent: TokenParts, _ caveats: [String] = []) -> String {
      parent.appending(["grant=\(Hex.encode(randomBytes(16)))"] + caveats).text
    }

    /// How many rows each table has, but for those of the audit log.
    private static func rows(_ installation: Installation) throws -> [String: Int64] {
      let connection = try SQLiteConnection(path: installation.ledgerFile, mode: .readOnly)
      let tables = try connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'") {
        row in row.text(0)
      }
      var counts: [String: Int64] = [:]
      for table in tables where !["events", "tree", "checkpoints"].contains(table) {
        counts[table] = try connection.integer("SELECT count(*) FROM \(table)")
      }
      return counts
    }

    @Test func `one child with nodes of a millisatoshi each uses up its own share alone`()
      async throws
    {
      try await Installation.use { installation in
        // A quarter of 400 below each child of the top.
        try installation.writePolicy("  {}\nlimits: {descendants: 400}")
        _ = try installation.startDaemon()
        let top = try installation.grant(.init("top", spend: 1_000_000))
        let parent = try installation.agent(top.token)
        let greedy = try parent.call(GrantCreate.self, .init("greedy", spend: 100_000))
        let other = try parent.call(GrantCreate.self, .init("other", spend: 100_000))
        let amount: [String: CanonicalJSON] = ["amount_msat": .integer(1)]
        let attacker = try Attacker(installation)
        let parts = try TokenParts(greedy.token)
        let answers = try attacker.flood(
          with: (0..<3000).lazy.map { _ in
            Attacker.line("spend.charge", amount, token: Self.fresh(below: parts))
          })
        try check(answers == ["done": 100, "forbidden": 2900], "\(answers)")
        let untouched = try Untouched(installation)
        // Deeper levels, registered ones, and revokes of tokens that were never used are no way
        // round; what was made goes on.
        let deep = try TokenParts(Self.fresh(below: parts))
        try attacker.isRefused(
          "forbidden", "spend.charge", amount, token: Self.fresh(below: deep))
        let error = try attacker.isRefused(
          "forbidden", "grant.create", ["name": .string("more")], token: greedy.token)
        try check(error.data["rule"] == .string("policy:descendants"), "\(error.data)")
        try untouched.verifyState()
        let revokes = try attacker.flood(
          with: (0..<300).lazy.map { _ in
            Attacker.line(
              "grant.revoke", ["target": .string(Self.fresh(below: parts))], token: greedy.token)
          })
        try check(revokes == ["done": 100, "forbidden": 200], "\(revokes)")
        _ = try attacker.ask("spend.charge", amount, token: greedy.token).get()
        // The sibling has its share, whole.
        let rest = try TokenParts(other.token)
        let siblings = try Attacker(installation).flood(
          with: (0..<110).lazy.map { _ in
            Attacker.line("spend.charge", amount, token: Self.fresh(below: rest))
          })
        try check(siblings == ["done": 100, "forbidden": 10], "\(siblings)")
        let tree = try Books(installation).tree()
        try check(tree[greedy.node]?.descendants == 200, "\(tree[greedy.node], default: "-")")
        try check(tree[greedy.node]?.settledMsat.value == 101, "the greedy child's own")
        try check(tree[top.node]?.settledMsat.value == 201, "the top's")
        try Books(installation).verify()
      }
    }

    @Test func `a flood of refused calls leaves a few events, and everybody else is answered`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        var daemon = try installation.startDaemon()
        let hostile = try installation.grant(.init("hostile", spend: 1))
        let worker = try installation.grant(.init("worker", spend: 1_000_000))
        for token in [hostile.token, worker.token] {
          _ = try installation.agent(token).call(SpendCharge.self, .init(amountMsat: try msats(1)))
        }
        daemon.signal(SIGTERM)
        try check(try daemon.waitForExit() == 0, "the daemon did not end well")
        let before = try Self.rows(installation)
        let sizeBefore = try Self.size(installation)
        daemon = try installation.startDaemon()
        let start = ContinuousClock.now
        let charges = 300
        let floods = 4
        let callsOfEach = 2000
        let parts = try TokenParts(hostile.token)
        let counts = try concurrently(floods + 1) { index -> [String: Int] in
          if index == floods {
            let agent = try installation.agent(worker.token)
            for _ in 0..<charges {
              _ = try agent.call(SpendCharge.self, .init(amountMsat: try msats(1)))
            }
            return [:]
          }
          return try Attacker(installation).flood(
            with: (0..<callsOfEach).lazy.map { Self.refused($0, by: parts) })
        }
        let minutes = Int((ContinuousClock.now - start).components.seconds) / 60 + 2
        let answered = counts.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        try check(answered["done"] == nil, "something was done: \(answered)")
        try check(answered.values.reduce(0, +) == floods * callsOfEach, "\(answered)")
        try check(answered["overloaded"] == nil, "the flood was turned away: \(answered)")
        daemon.signal(SIGTERM)
        try check(try daemon.waitForExit() == 0, "the daemon did not end well")
        let after = try Self.rows(installation)
        // A hold for each charge of the worker; the flood has no row of its own.
        var expected = before
        expected["holds", default: 0] += Int64(charges)
        try check(after == expected, "\(before) became \(after)")
        let sizeAfter = try Self.size(installation)
        daemon = try installation.startDaemon()
        try Self.checkEvents(
          installation, charges: charges, calls: floods * callsOfEach, minutes: minutes,
          grownBy: sizeAfter - sizeBefore)
        try Books(installation).verify()
      }
    }

    /// A request that is refused, each of another kind and by another grant than the last.
    private static func refused(_ number: Int, by parts: TokenParts) -> [UInt8] {
      let amount: [String: CanonicalJSON] = ["amount_msat": .integer(1)]
      return switch number % 8 {
      case 0: Attacker.line("spend.charge", amount, token: parts.text)
      case 1: Attacker.line("spend.charge", amount, token: fresh(below: parts))
      case 2: Attacker.line("spend.reserve", amount, token: fresh(below: parts))
      case 3:
        Attacker.line("grant.get", token: fresh(below: parts, ["methods=spend.charge"]))
      case 4:
        Attacker.line(
          "spend.release", ["hold": .string(Hex.encode(randomBytes(16)))],
          token: fresh(below: parts))
      case 5:
        Attacker.line(
          "grant.revoke", ["node": .string(Hex.encode(randomBytes(16)))], token: parts.text)
      case 6: Attacker.line("spend.charge", amount, token: parts.text + "A")
      default: Attacker.line("spend.charge", amount, token: fresh(below: parts, ["valid_until=1"]))
      }
    }

    /// The bytes of the ledger's files.
    private static func size(_ installation: Installation) throws -> Int {
      try ["", "-wal"].reduce(0) { sum, end in
        let path = installation.ledgerFile + end
        guard FileManager.default.fileExists(atPath: path) else { return sum }
        return sum + (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0)
      }
    }

    /// Everything that was refused is in the log, in a number of events that has a bound, and the
    /// files grew by what those and the charges take.
    private static func checkEvents(
      _ installation: Installation, charges: Int, calls: Int, minutes: Int, grownBy bytes: Int
    ) throws {
      let operators = try installation.operatorConnection()
      var after: UInt64 = 0
      var kinds: [String: Int] = [:]
      var refused = 0
      while true {
        let events = try operators.call(AuditList.self, .init(after: after, limit: 1000)).events
        guard let last = events.last else { break }
        after = last.seq
        for event in events {
          let json = try WireJSON.decode(CanonicalJSON.self, from: Array(event.event.utf8))
          guard case .string(let action)? = json["action"] else { throw Failure(event.event) }
          kinds[action, default: 0] += 1
          if action == "refused", case .integer(let count)? = json["details"]?["count"] {
            refused += Int(count)
          }
        }
      }
      try check(refused == calls, "\(refused) of \(calls) refusals are in the log")
      try check(kinds["spend.charge"] == charges + 2, "\(kinds)")
      // Thirty kinds of one top-level grant, what went over that, and what had no caller.
      let most = 32 * minutes
      try check(kinds["refused", default: 0] <= most, "\(kinds), in \(minutes) minutes")
      // An event and a hold with its indices take less than 2 KiB; a page is 4.
      let room = (charges + most) * 2048 + 64 * 4096
      try check(bytes <= room, "the files grew by \(bytes) bytes, not \(room)")
    }
  }
}
