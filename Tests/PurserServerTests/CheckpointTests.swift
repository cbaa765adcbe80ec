import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct CheckpointTests {
  let daemon: TestDaemon

  init() throws { daemon = try TestDaemon() }

  /// One more event.
  private func grow(_ number: UInt64) async throws {
    let note = RefusalCount(
      node: nil, method: "spend.reserve", reason: "budget_exceeded", count: number, peer: nil)
    _ = try await daemon.ledger.submit(
      LedgerRequest(actor: .daemon, command: .recordRefusals(note)), from: 0)
  }

  @Test func `a checkpoint is signed for the log as it is, kept, and repeated until it grows`()
    async throws
  {
    try await grow(1)
    let first = try await daemon.coordinator.checkpoint()
    let head = try Checkpoint(note: first.note, keys: testAuditKeys.all)
    #expect(head.size == 1 && first.size == 1)
    #expect(try NoteKey(parsing: first.key) == testAuditKeys.signer.key)
    #expect(try await daemon.coordinator.checkpoint() == first)
    try await grow(2)
    let second = try await daemon.coordinator.checkpoint()
    #expect(second.size == 2 && second.note != first.note)
    let verdict = try daemon.coordinator.verifyAudit()
    #expect(verdict.ok && verdict.checkpoints == 2 && verdict.events == 2)
  }

  @Test func `by itself one is made only when the log has grown`() async throws {
    #expect(try await !daemon.coordinator.checkpointIfGrown())
    #expect(try daemon.ledger.latestCheckpoint() == nil)
    try await grow(1)
    #expect(try await daemon.coordinator.checkpointIfGrown())
    #expect(try await !daemon.coordinator.checkpointIfGrown())
    #expect(try daemon.ledger.latestCheckpoint()?.size == 1)
  }

  @Test func `audit checkpoint is served to operators`() async throws {
    let line = #"{"jsonrpc":"2.0","id":1,"method":"audit.checkpoint"}"#
    let answer = try #require(await daemon.line(line, in: daemon.operators))
    #expect(answer.contains(#""size":0"#) && answer.contains("purser-audit/"))
  }
}
