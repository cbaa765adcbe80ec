import Foundation
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// Random logs, archived at random places.
@Suite struct LogArchivePropertyTests {
  @Test(arguments: 0..<6)
  func `archives and the rest are the log that was never archived`(run: Int) async throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("archives and the rest, run \(run): seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let log = try LogArchiveHarness(trimming: random.once(in: 2) ? 256 : 512)
    var times: [Timestamp] = []
    for _ in 0..<Int.random(in: 4...8, using: &random) {
      try await log.fill(UInt64.random(in: 0...700, using: &random))
      times.append(log.now)
      if random.once(in: 2) { try await log.checkpoint() }
      if random.once(in: 4) { try log.reopen() }
      if random.once(in: 3) { continue }
      log.harness.clock.move(milliseconds: 1)
      let end = times[Int.random(in: times.indices, using: &random)]
      let isTrimming = random.once(in: 2)
      try await log.archive(before: end.adding(milliseconds: 1), trimming: isTrimming)
      try await check(log, seed)
      try await log.trim()
      try await check(log, seed)
    }
    let whole = try log.wholeExport()
    let files = try log.files.map { try LogArchiveHarness.lines(of: $0) }
    let joined = (files + [try log.export()]).joined().filter {
      if case .follows = AuditExport.Line($0) { false } else { true }
    }
    #expect(Array(joined) == whole, "seed \(seed)")
    #expect(log.check([whole]).fault == nil, "seed \(seed)")
    try proveAll(log, files, &random, seed)
  }

  private func check(_ log: LogArchiveHarness, _ seed: UInt64) async throws {
    let report = try log.ledger.verifyAudit(keys: log.keys)
    #expect(report.fault == nil, "seed \(seed): \(report)")
    let files = try log.files.map { try LogArchiveHarness.lines(of: $0) }
    let (verifier, fault) = log.check(files)
    #expect(fault == nil, "seed \(seed): \(String(describing: fault))")
    let all = try log.database().verify(verifier)
    #expect(all.fault == nil && all.before == 0, "seed \(seed): \(all)")
    #expect(all.root == report.root && all.head == report.head, "seed \(seed)")
    for file in files { #expect(log.check([file]).fault == nil, "seed \(seed)") }
  }

  /// Events of each archive are proved by it alone.
  private func proveAll(
    _ log: LogArchiveHarness, _ files: [[[UInt8]]], _ random: inout SeededGenerator, _ seed: UInt64
  ) throws {
    for file in files {
      let lines = file.compactMap { AuditExport.Line($0) }
      #expect(lines.count == file.count)
      guard case .follows(let start, .some(let end)) = lines.first else {
        Issue.record("seed \(seed): an archive begins with what came before")
        continue
      }
      let some = (0..<8).map { _ in UInt64.random(in: start.size + 1...end, using: &random) }
      for sequence in [start.size + 1, end] + some {
        var making = try #require(ArchivedProof(of: sequence, after: start, until: end))
        for line in lines.dropFirst() { making.read(line) }
        let proof = try #require(making.finished(), "seed \(seed), event \(sequence)")
        #expect(try proof.verify(keys: log.keys).size == end, "seed \(seed), event \(sequence)")
        let text = String(decoding: proof.event ?? [], as: UTF8.self)
        #expect(text.contains(",\"seq\":\(sequence),"), "seed \(seed)")
        var lacking = try #require(ArchivedProof(of: sequence, after: start, until: end))
        for line in lines.dropFirst().dropLast(2) { lacking.read(line) }
        #expect(lacking.finished() == nil, "seed \(seed)")
      }
      #expect(ArchivedProof(of: start.size, after: start, until: end) == nil)
      #expect(ArchivedProof(of: end + 1, after: start, until: end) == nil)
    }
  }
}
