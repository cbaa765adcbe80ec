import LibCrypto
import PurserCore
import PurserTesting
import Testing

/// Which stretches of the log the ledger lets go.
@Suite struct LedgerLogArchiveTests {
  private var ledger = LedgerFixture()
  private static let digest = String(repeating: "0", count: 64)

  init() { ledger.records.events = 1500 }

  private func archive(_ first: UInt64, _ last: UInt64) -> Command {
    .archiveLog(
      LogArchive(first: first, last: last, head: .zero, file: "f", digest: Self.digest))
  }

  @Test mutating func `an archive makes one event that tells of it, and trims make none`() throws {
    let applied = try ledger.apply(archive(1, 1024), by: .operatorUser(peer: nil))
    #expect(
      applied.event?.text(sequence: 1501, at: Timestamp(milliseconds: 5)) == """
        {"action":"audit.archive","actor":{"kind":"operator"},"details":{"file":"f","first":1,\
        "head":"\(Self.digest)","last":1024,"sha256":"\(Self.digest)"},"seq":1501,"time_ms":5}
        """)
    #expect(applied.changes.count == 1 && applied.outcome == .done)
    let trim = try ledger.apply(.trimLog)
    #expect(trim.event == nil && trim.changes == [.logTrimmed])
  }

  @Test mutating func `archives follow on one another, in whole blocks, and leave the last events`()
  {
    let wrong: [(UInt64, UInt64)] = [
      (0, 256), (2, 256), (257, 512), (1, 0), (1, 255), (1, 257), (1, 1280), (1, 1536),
      (1, .max - 255),
    ]
    for (first, last) in wrong {
      #expect(ledger.refusal(of: archive(first, last)) == "conflict", "\(first) to \(last)")
    }
    #expect(ledger.refusal(of: archive(1, 512)) == nil)
    // The rest of the first has not left.
    #expect(ledger.refusal(of: archive(257, 768)) == "conflict")
    #expect(ledger.refusal(of: archive(513, 768)) == "conflict")
    #expect(ledger.refusal(of: .trimLog) == nil)
    #expect(ledger.refusal(of: archive(257, 768)) == "conflict")
    #expect(ledger.refusal(of: archive(513, 768)) == nil)
  }
}
