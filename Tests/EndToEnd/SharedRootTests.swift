import Foundation
import Glibc
import L402
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  /// One paid root for many workers, and roots that go to other programs and come back.
  @Suite struct SharedRootTests {
    private static let path = "/market-data/prices"
    private static let workers = 12

    private static func start(_ installation: Installation) throws -> String {
      let origin = try installation.startPaywall()
      try installation.writePolicy(
        """
          market-data:
            origins: ["\(origin)"]
            challenge_path: \(path)
            price_ceiling: 50sat
        """)
      _ = try installation.startDaemon()
      return origin
    }

    /// What the wallet has sent so far: how many payments.
    private static func paid(_ installation: Installation) throws -> Int {
      try installation.operatorConnection().call(VaultList.self, .init())
        .credentials.filter { $0.boughtBy != nil }.count
    }

    @Test func `many workers at once share one paid root, each with a copy of its own`()
      async throws
    {
      try await Installation.use { installation in
        let origin = try Self.start(installation)
        try check(try PlainRequest.status(origin, Self.path) == 402, "served without payment")
        let grants = try (0..<Self.workers).map {
          try installation.grant(.init("worker \($0)", spend: 100_000))
        }
        let replies = try concurrently(Self.workers) { index in
          try installation.agent(grants[index].token).call(
            CredentialRequest.self,
            .init(service: "market-data", ttlSeconds: 500 + UInt64(index)))
        }
        try check(Set(replies.map(\.credential)).count == 1, "more than one root")
        try check(Set(replies.map(\.token)).count == Self.workers, "two have the same copy")
        try check(try Self.paid(installation) == 1, "more than one was bought")
        for reply in replies {
          let status = try PlainRequest.status(
            origin, Self.path, authorization: reply.authorization)
          try check(status == 200, "the paywall answered \(status)")
          let ends = reply.restrictions.first { $0.condition == "valid_until" }
          try check(ends?.enforcedBy == .seller, "nobody ends the copy")
        }
        // One paid, the others nothing; each copy is on the books of whoever has it.
        let payers = replies.filter { $0.costMsat > .zero }
        try check(payers.count == 1, "\(payers.count) paid")
        let tree = try Books(installation).tree()
        let spent = grants.compactMap { tree[$0.node]?.settledMsat }.filter { $0 > .zero }
        try check(spent == payers.map(\.costMsat), "spent \(spent)")
        let root = replies[0].credential.hex
        for grant in grants {
          let events = try installation.agent(grant.token).call(AuditMine.self, .init())
          try check("\(events)".contains(root), "the copy of \(grant.node.hex) is not on its log")
        }
        // Whoever comes later gets a copy too, and nothing is bought.
        let late = try installation.grant(.init("late", spend: 1))
        let reply = try installation.agent(late.token).call(
          CredentialRequest.self, .init(service: "market-data"))
        try check(reply.costMsat == .zero && reply.credential.hex == root, "it was bought again")
        try Books(installation).verify()
      }
    }

    @Test func `a root goes to a token store and comes back, and nothing is bought again`()
      async throws
    {
      try await Installation.use { installation in
        let origin = try Self.start(installation)
        let grant = try installation.grant(.init("first", spend: 100_000))
        let bought = try installation.agent(grant.token).call(
          CredentialRequest.self, .init(service: "market-data"))
        let store = "\(installation.directory)/tokens"
        let said = try Self.purser(installation, 0, "vault", "export", "--to", store)
        let port = try require(origin.split(separator: ":").last, "a port")
        let file = "\(store)/127.0.0.1_\(port)/l402.token"
        try check(said.contains(file), said)
        try check(try Self.mode(file) == 0o600, "others may read \(file)")
        let noted = try String(
          contentsOfFile: "\(store)/127.0.0.1_\(port)/.domain", encoding: .utf8)
        try check(noted == "127.0.0.1:\(port)\n", noted)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        let again = try Self.purser(installation, 1, "vault", "export", "--to", store)
        try check(again.contains("is there already"), again)

        _ = try installation.operatorConnection().call(
          VaultRemove.self, .init(credential: bought.credential))
        let pending = "\(store)/other.example"
        try FileManager.default.createDirectory(
          atPath: pending, withIntermediateDirectories: false)
        try bytes.write(to: URL(fileURLWithPath: "\(pending)/l402.token.pending"))
        let imported = try Self.purser(installation, 0, "vault", "import", "--tokens", store)
        try check(imported.contains("\"service\":\"market-data\""), imported)
        try check(imported.contains("was not paid and is passed over"), imported)

        let second = try installation.grant(.init("second", spend: 1))
        let reply = try installation.agent(second.token).call(
          CredentialRequest.self, .init(service: "market-data"))
        try check(reply.costMsat == .zero, "it was bought again")
        let status = try PlainRequest.status(origin, Self.path, authorization: reply.authorization)
        try check(status == 200, "the paywall answered \(status)")
        let other = "\(installation.directory)/other"
        _ = try Self.purser(installation, 0, "vault", "export", "--to", other)
        let copy = try Data(
          contentsOf: URL(fileURLWithPath: "\(other)/127.0.0.1_\(port)/l402.token"))
        try check(copy == bytes, "another file came out than went in")
        let header = try Self.purser(
          installation, 0, "vault", "export", reply.credential.hex, "--header")
        try check(
          try PlainRequest.status(
            origin, Self.path, authorization: header.trimmingCharacters(in: .newlines)) == 200,
          "the header is not served")
        try Books(installation).verify()
      }
    }

    private static func mode(_ path: String) throws -> UInt32 {
      var status = stat()
      try check(stat(path, &status) == 0, "there is no \(path)")
      return status.st_mode & 0o7777
    }

    /// Runs `purser`, which must end with `status`, and gives what it said.
    private static func purser(
      _ installation: Installation, _ status: Int32, _ arguments: String...
    ) throws -> String {
      let log = "\(installation.directory)/said"
      unlink(log)
      let program = try ChildProcess(
        "purser", arguments, log: log,
        environment: [
          "PURSER_OPERATOR_SOCKET": installation.operatorSocket,
          "PURSER_SOCKET": installation.agentSocket,
        ])
      let found = try program.waitForExit()
      let said = try String(contentsOfFile: log, encoding: .utf8)
      try check(found == status, "purser \(arguments) ended with \(found): \(said)")
      return said
    }
  }
}
