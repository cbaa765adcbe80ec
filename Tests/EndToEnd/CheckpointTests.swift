import Foundation
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  @Suite struct CheckpointTests {
    @Test func `checkpoints are signed on demand and at the end, by a key that is made if missing`()
      async throws
    {
      try await Installation.use { installation in
        let keyFile = "\(installation.directory)/h/audit.key"
        try FileManager.default.removeItem(atPath: keyFile)
        let daemon = try installation.startDaemon()
        let grant = try installation.grant(.init("worker", spend: 1_000_000))
        let operators = try installation.operatorConnection()
        let signed = try operators.call(AuditCheckpoint.self, NoParameters())
        let agent = try installation.agent(grant.token)
        _ = try agent.call(
          SpendReserve.self,
          .init(amountMsat: try require(Msat(1000), "an amount"), ttlSeconds: 600), key: "one")
        daemon.signal(SIGTERM)
        try check(try daemon.waitForExit(seconds: 20) == 0, "purserd did not end with 0")

        let note = "\(installation.directory)/checkpoint"
        try signed.note.write(toFile: note, atomically: true, encoding: .utf8)
        let verify = try installation.start(
          "purser",
          [
            "audit", "verify", "--database", installation.ledgerFile, "--key", signed.key,
            "--checkpoint", note,
          ])
        let status = try verify.waitForExit()
        let report = try Self.said(installation)
        try check(status == 0, "the log does not verify: \(report)")
        try check(report.contains("\"checkpoints\":2,\"events\":3,"), "it found \(report)")
        let key = try installation.start("purser", ["audit", "key", "--key-file", keyFile])
        try check(try key.waitForExit() == 0, "the key cannot be read")
        try check(try Self.said(installation).contains(signed.key), "another key signed")
      }
    }

    /// What `purser` said so far.
    private static func said(_ installation: Installation) throws -> String {
      try String(contentsOfFile: "\(installation.directory)/purser.log", encoding: .utf8)
    }
  }
}
