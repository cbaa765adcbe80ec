import Foundation
import Glibc
import LibSQLite
import PurserAPI
import PurserClient
import PurserCore
import PurserTesting
import Testing

extension EndToEnd {
  /// Calls to the disk that fail, while agents spend and buy.
  @Suite struct DiskFaultTests {
    /// A sync of the log that fails, and what comes upon it.
    enum AfterFailedSync: String, CaseIterable, Sendable, CustomTestStringConvertible {
      case nothing
      case killBeforeItIsUndone
      case killWhileItIsUndone
      case killBeforeTheUndoingIsSynced
      case killAfterItIsUndone

      var testDescription: String { rawValue }

      fileprivate var next: [FaultStep] {
        switch self {
        case .nothing: []
        case .killBeforeItIsUndone: [FaultStep(calls: .logWrite, action: .killBefore)]
        case .killWhileItIsUndone: [FaultStep(calls: .logWrite, action: .killAfter)]
        case .killBeforeTheUndoingIsSynced: [FaultStep(calls: .logSync, action: .killBefore)]
        case .killAfterItIsUndone: [FaultStep(calls: .logSync, action: .killAfter)]
        }
      }
    }

    @Test(arguments: AfterFailedSync.allCases)
    func `what a failed sync took is refused or unknown, and never half`(after: AfterFailedSync)
      async throws
    {
      let report = try await CrashRun.run { run in
        for _ in 0..<CrashRun.rounds {
          for ending in Ending.allCases {
            let skip = UInt64.random(in: 0..<30, using: &run.generator)
            let fail = FaultStep(
              calls: .logSync, skip: skip, action: .fail(errno: EIO, times: 1))
            if after == .nothing {
              try Self.failAndGoOn(run, ending, fail)
            } else {
              try run.round(ending, [fail] + after.next)
            }
          }
        }
      }
      #expect((report.storageRefusals > 0) == (after == .nothing))
    }

    /// Lets syncs fail until a worker was refused, and then lets the daemon go on for a while.
    private static func failAndGoOn(_ run: CrashRun, _ ending: Ending, _ fail: FaultStep) throws {
      let before = run.storageRefusals
      var enough = Int.max
      try run.round(ending, [fail]) {
        if enough < .max { return run.acknowledged >= enough }
        if run.storageRefusals > before {
          try run.disk.control.disarm()
          enough = run.acknowledged + 50
        } else if try run.disk.control.fired > 0 {
          // It met a group in which no worker waited.
          try run.disk.control.arm([fail])
        }
        return false
      }
    }

    @Test func `a daemon whose disk no longer syncs ends without an answer, and comes back`()
      async throws
    {
      let report = try await CrashRun.run { run in
        for ending in Ending.allCases {
          let skip = UInt64.random(in: 0..<30, using: &run.generator)
          let fail = FaultStep(
            calls: .logSync, skip: skip, action: .fail(errno: EIO, times: 0))
          var status: Int32?
          try run.round(ending, [fail]) {
            status = run.daemon.exitStatus
            return status != nil
          }
          try check(status == 1, "it ended with \(status ?? 0)")
          try check(
            run.stream.installation.daemonLog.contains("cannot be undone"), "it did not say why")
        }
      }
      #expect(report.storageRefusals == 0)
    }

    @Test func `a checkpoint that cannot be synced is made again, and nobody notices`()
      async throws
    {
      let report = try await CrashRun.run { run in
        for ending in Ending.allCases {
          let times = UInt64.random(in: 1...2, using: &run.generator)
          let fail = FaultStep(calls: .mainSync, action: .fail(errno: EIO, times: times))
          let kill = FaultStep(
            calls: .mainSync, skip: UInt64.random(in: 0...1, using: &run.generator),
            action: .killAfter)
          try run.round(ending, [fail, kill])
        }
      }
      #expect(report.storageRefusals == 0)
    }

    @Test func `a part of a checkpoint that cannot be synced ends the daemon and is in the log`()
      async throws
    {
      _ = try await CrashRun.run { run in
        for ending in Ending.allCases {
          let fail = FaultStep(calls: .mainSync, action: .fail(errno: EIO, times: 0))
          let begun = run.acknowledged + 50
          var reader: SQLiteConnection?
          var status: Int32?
          try run.round(ending, [fail]) {
            if reader == nil, run.acknowledged >= begun {
              reader = try Self.readInOneState(run.stream.installation.ledgerFile)
            }
            status = run.daemon.exitStatus
            if status != nil { reader = nil }
            return status != nil
          }
          try check(status == 1, "it ended with \(status ?? 0)")
          try check(
            run.stream.installation.daemonLog.contains("the log has everything"),
            "it did not say why")
        }
      }
    }

    /// A reader that looks at the database as it is now, and keeps later commits in the log.
    private static func readInOneState(_ path: String) throws -> SQLiteConnection {
      let reader = try SQLiteConnection(path: path, mode: .readOnly)
      try reader.execute("BEGIN")
      _ = try reader.integer("SELECT head_sequence FROM meta")
      return reader
    }

    @Test(arguments: [[FileCalls.logWrite, .mainWrite], .logWrite, .mainWrite] as [FileCalls])
    func `a full disk refuses whole groups, wherever it strikes, until there is space`(
      calls: FileCalls
    ) async throws {
      let report = try await CrashRun.run { run in
        for _ in 0..<CrashRun.rounds {
          for ending in Ending.allCases {
            let fill = FaultStep(
              calls: calls, skip: UInt64.random(in: 0..<300, using: &run.generator),
              action: .fill(thousandths: UInt64.random(in: 0..<1000, using: &run.generator)))
            try Self.fillAndFree(run, ending, fill)
          }
        }
      }
      #expect((report.storageRefusals > 0) == calls.contains(.logWrite))
    }

    /// Fills the disk until some were refused, or long enough if that is a checkpoint's affair
    /// alone, and then makes space again.
    private static func fillAndFree(_ run: CrashRun, _ ending: Ending, _ fill: FaultStep) throws {
      let refused = run.storageRefusals + 20
      var enough = Int.max
      try run.round(ending, [fill]) {
        if enough < .max { return run.acknowledged >= enough }
        let fired = try run.disk.control.fired
        if fill.calls.contains(.logWrite) ? run.storageRefusals >= refused : fired >= 20 {
          try run.disk.control.disarm()
          enough = run.acknowledged + 50
        }
        return false
      }
    }
  }
}
