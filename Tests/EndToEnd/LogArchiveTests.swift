import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import PurserLedger
import Testing

extension EndToEnd {
  /// The daemon and `purser` with a log of which the old part is archived.
  @Suite struct LogArchiveTests {
    @Test func `an operator archives old events, and everything still verifies`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let old = try OldLog(installation)
        _ = try installation.startDaemon()
        let key = try installation.operatorConnection()
          .call(AuditCheckpoint.self, NoParameters()).key
        let made = try Self.purser(installation, "audit", "archive", "--older-than", "1d")
        let name = try require(try old.archivesInLog().first, "no event tells of an archive")
        try check(
          made.contains("\"first\":1,") && made.contains("\"last\":\(OldLog.lastOld),"), made)
        var info = stat()
        try check(stat(name, &info) == 0 && info.st_mode & 0o777 == 0o600, "its mode is wrong")
        let live = try Self.purser(installation, "audit", "verify")
        try check(live.contains("\"first\":\(OldLog.lastOld + 1),"), live)
        try Self.checkOffline(installation, name, key)
        let again = try Self.purser(installation, "audit", "archive", "--older-than", "1d")
        try check(again == "{}\n", again)
        let refused = try Self.purser(
          installation, fails: true, "audit", "archive", "--older-than", "23h")
        try check(refused.contains("\"reason\":\"invalid_params\""), refused)
        try Books(installation).verify()
        let list = try Self.purser(installation, "audit", "list", "--limit", "1")
        try check(list.contains("\"archived\":\(OldLog.lastOld),"), list)
      }
    }

    private static func checkOffline(
      _ installation: Installation, _ archive: String, _ key: String
    ) throws {
      let database = installation.ledgerFile
      let file = try purser(installation, "audit", "verify", "--file", archive, "--key", key)
      try check(file.contains("\"events\":\(OldLog.lastOld),\"first\":1,"), file)
      let both = try purser(
        installation, "audit", "verify", "--file", archive, "--database", database, "--key", key)
      try check(both.contains("\"first\":1,") && both.contains("\"ok\":true"), both)
      let export = "\(installation.directory)/rest.jsonl"
      try purser(installation, "audit", "export", "--database", database)
        .write(toFile: export, atomically: true, encoding: .utf8)
      let joined = try purser(
        installation, "audit", "verify", "--file", archive, export, "--key", key)
      try check(joined.contains("\"first\":1,") && joined.contains("\"ok\":true"), joined)
      let swapped = try purser(
        installation, fails: true, "audit", "verify", "--file", export, archive, "--key", key)
      try check(swapped.contains("the log's start after event 0: "), swapped)
      let gone = try purser(
        installation, fails: true, "audit", "prove", "5", "--database", database)
      try check(gone.contains("was archived") && gone.contains("--file"), gone)
      let proof = "\(installation.directory)/5.tlog-proof"
      try purser(installation, "audit", "prove", "5", "--file", archive)
        .write(toFile: proof, atomically: true, encoding: .utf8)
      let event = try purser(installation, "audit", "check-proof", proof, "--key", key)
      try check(event.contains("\"count\":5,"), event)
      let beyond = try purser(
        installation, fails: true, "audit", "prove", "\(OldLog.events)", "--file", archive)
      try check(beyond.contains("has the events 1 to \(OldLog.lastOld)"), beyond)
    }

    /// Runs `purser` and gives what it said.
    @discardableResult
    private static func purser(
      _ installation: Installation, fails: Bool = false, _ arguments: String...
    ) throws -> String {
      let log = "\(installation.directory)/said"
      unlink(log)
      let program = try ChildProcess(
        "purser", arguments, log: log,
        environment: ["PURSER_OPERATOR_SOCKET": installation.operatorSocket])
      let status = try program.waitForExit()
      let said = try String(contentsOfFile: log, encoding: .utf8)
      try check((status != 0) == fails, "purser \(arguments) ended with \(status): \(said)")
      return said
    }

    /// The commits of an archive: its checkpoint, the event with the first events that leave, the
    /// others that leave.
    @Test func `a daemon killed at any commit of archiving leaves a log that verifies`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let old = try OldLog(installation)
        let layer = try FaultLayer(installation)
        var killed = 0
        for skip in 0..<4 as Range<UInt64> {
          for action in [FaultAction.killBefore, .killAfter] {
            let step = FaultStep(calls: .logSync, skip: skip, action: action)
            if try Self.killOnce(installation, old, layer, step) { killed += 1 }
          }
        }
        try check(killed >= 6, "it was killed \(killed) times")
      }
    }

    /// - Returns: Whether the daemon was killed.
    private static func killOnce(
      _ installation: Installation, _ old: OldLog, _ layer: FaultLayer, _ step: FaultStep
    ) throws -> Bool {
      try old.putBack()
      let unlucky = try installation.startDaemon(environment: layer.environment)
      let operators = try installation.operatorConnection()
      let day = AuditArchive.Parameters(olderThanSeconds: 86_400)
      try layer.control.arm([step])
      let isKilled = (try? operators.call(AuditArchive.self, day)) == nil
      try layer.control.disarm()
      if isKilled {
        try check(try unlucky.waitForExit() == 128 + SIGKILL, "it ended by itself")
      } else {
        unlucky.kill()
      }
      let daemon = try installation.startDaemon()
      try Books(installation).verify()
      _ = try installation.operatorConnection().call(AuditArchive.self, day)
      let report = try installation.operatorConnection().call(AuditVerify.self, NoParameters())
      try check(report.ok && report.first == OldLog.lastOld + 1, "\(report)")
      let names = try old.archivesInLog()
      try check(names.count == 1, "\(names.count) archives in the log")
      let key = try NoteKey(
        parsing: installation.operatorConnection().call(AuditCheckpoint.self, NoParameters()).key)
      daemon.kill()
      var file = AuditExportCheck(AuditVerifier(keys: [key]))
      for line in try Data(contentsOf: URL(filePath: names[0])).split(separator: 10) {
        if let fault = file.read(Array(line)) { throw Failure("\(step): \(fault)") }
      }
      if let fault = file.endFile() { throw Failure("\(step): \(fault)") }
      let all = try AuditDatabase(path: installation.ledgerFile).verify(file.verifier)
      try check(all.fault == nil && all.before == 0, "\(step): \(all)")
      return isKilled
    }
  }
}
