import Foundation
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// Taking grants that are over out of the ledger.
@Suite struct ArchiveTests {
  private let harness: Harness
  private let top: GrantToken

  init() throws {
    harness = try Harness()
    top = harness.top(.spend(msat(1_000_000)))
  }

  private func token(below parent: GrantToken, _ nonce: UInt8, seconds: UInt64) -> GrantToken {
    harness.maker.child(
      of: parent, nonce: [UInt8](repeating: nonce, count: 16),
      [.spend(msat(500)), .validUntil(harness.clock.now().seconds + seconds)])
  }

  private func register(_ token: GrantToken) -> LedgerRequest {
    LedgerRequest(
      actor: .daemon,
      command: .createGrant(GrantRegistration(chain: harness.maker.chain(token))))
  }

  /// Lets go of what is over: the writer does so after its first group.
  private func settleDown() async throws {
    let ledger = try harness.open()
    let count = RefusalCount(node: nil, method: "m", reason: "r", count: 1, peer: nil)
    #expect(
      await ledger.refusal(of: LedgerRequest(actor: .daemon, command: .recordRefusals(count)))
        == nil)
    ledger.close()
  }

  private func archive(_ ledger: SQLiteLedger, _ file: ArchiveFile) async -> String? {
    await ledger.refusal(
      of: LedgerRequest(
        actor: .operatorUser(peer: nil),
        command: .archive(
          Archive(roots: file.roots.map(\.id), file: "f", digest: file.digest))))
  }

  private static func check(_ text: String) -> LedgerReport {
    var check = ArchiveCheck()
    for line in text.split(separator: "\n") { check.read(Array(line.utf8)) }
    return check.finished()
  }

  @Test func `a subtree that is over goes into a file, and the books above stay as they were`()
    async throws
  {
    let old = token(below: top, 1, seconds: 10)
    let oldChild = token(below: old, 2, seconds: 5)
    let other = token(below: top, 3, seconds: 1_000_000)
    let chains = [old, oldChild, other].map(harness.maker.chain)
    var ledger = try harness.open()
    for answer in await ledger.submitAll(
      [top, old, other].map(register)
        + chains.enumerated().map { .charge(UInt64($0.offset), 100, by: $0.element) })
    {
      #expect(throws: Never.self) { try answer.get() }
    }
    ledger.close()
    harness.clock.move(milliseconds: 100_000)
    try await settleDown()
    ledger = try harness.open()
    let before = try #require(try ledger.node(harness.maker.chain(top).node))
    let file = try #require(
      try ledger.writeArchive(endedBefore: harness.clock.now()))
    #expect(file.grants == 2 && file.holds == 2)
    #expect(file.roots.map(\.id) == [chains[0].node])
    #expect(await archive(ledger, file) == nil)
    let after = try #require(try ledger.node(before.id))
    #expect(after.settled == before.settled && after.archived == msat(200))
    #expect(after.descendants == 1)
    #expect(try ledger.allNodes().map(\.id) == [before.id, chains[2].node])
    #expect(try ledger.verifyLedger() == LedgerReport(nodes: 2, holds: 1, faults: []))
    #expect(try ledger.verifyAudit().fault == nil)
    // Its token is still over, and is not met anew.
    #expect(
      await ledger.refusal(of: .charge(9, 1, by: chains[0])) == "expired \(chains[0].node)")
    #expect(try ledger.node(chains[0].node) == nil)
    // There is nothing more to archive, and what is in a file cannot be taken out twice.
    #expect(try ledger.writeArchive(endedBefore: harness.clock.now()) == nil)
    #expect(await archive(ledger, file) == "conflict")
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    #expect(Self.check(text) == LedgerReport(nodes: 2, holds: 2, faults: []))
    ledger.close()
    ledger = try harness.open()
    #expect(try ledger.node(before.id)?.archived == msat(200))
  }

  @Test func `a window of a grant that stays counts what was archived below it`() async throws {
    guard let week = SpendLimit("1000/7d") else { return }
    let parent = harness.top(.spend(msat(1_000_000)), .spendPer(week))
    let old = token(below: parent, 1, seconds: 10)
    let chain = harness.maker.chain(old)
    var ledger = try harness.open()
    for answer in await ledger.submitAll([
      register(parent), register(old), .charge(1, 400, by: chain),
    ]) {
      #expect(throws: Never.self) { try answer.get() }
    }
    ledger.close()
    harness.clock.move(milliseconds: 2 * 86_400_000)
    try await settleDown()
    ledger = try harness.open()
    let file = try #require(try ledger.writeArchive(endedBefore: harness.clock.now()))
    #expect(await archive(ledger, file) == nil)
    #expect(try ledger.verifyLedger().faults == [])
    #expect(await ledger.refusal(of: .charge(2, 601, by: harness.maker.chain(parent))) != nil)
    // One that is seen for the first time, too, and of operations as well as of money.
    let narrowed = harness.maker.chain(
      try parent.attenuated(
        with: [.calls(CallLimit(1, per: .rolling(seconds: 30 * 86_400)))]))
    let refusal = await ledger.refusal(of: .charge(2, 1, by: narrowed))
    #expect(refusal?.contains("used 1") == true)
    #expect(await ledger.refusal(of: .charge(3, 600, by: harness.maker.chain(parent))) == nil)
    #expect(try ledger.verifyLedger().faults == [])
  }

  @Test func `what may still change stays`() async throws {
    let offline = token(below: top, 1, seconds: 10)
    let held = token(below: top, 2, seconds: 10)
    let chains = [offline, held].map(harness.maker.chain)
    var ledger = try harness.open()
    let end = harness.clock.now().adding(milliseconds: 3_000_000)
    for answer in await ledger.submitAll([
      register(top), register(held), .charge(1, 5, by: chains[0]),
      .reserve(2, 5, by: chains[1], until: end),
    ]) {
      #expect(throws: Never.self) { try answer.get() }
    }
    ledger.close()
    harness.clock.move(milliseconds: 100_000)
    try await settleDown()
    ledger = try harness.open()
    // One may have a token with a later end that was never shown; on the other money is held.
    #expect(try ledger.writeArchive(endedBefore: harness.clock.now()) == nil)
    for chain in chains {
      let file = ArchiveFile(
        path: "f", digest: "d", roots: [(id: chain.node, grants: 1)], grants: 1, holds: 1)
      #expect(await archive(ledger, file) == "conflict")
    }
  }

  @Test(arguments: [
    (#""settled_msat":100"#, #""settled_msat":101"#), (#""state":"settled""#, #""state":"held""#),
    (#"{"end""#, #"{"hold":{"#), (#""made_at_ms""#, #""made_at""#),
  ])
  func `an archive that was changed does not verify`(old: String, new: String) async throws {
    let grant = token(below: top, 1, seconds: 10)
    var ledger = try harness.open()
    for answer in await ledger.submitAll([
      register(top), register(grant), .charge(1, 100, by: harness.maker.chain(grant)),
    ]) {
      #expect(throws: Never.self) { try answer.get() }
    }
    ledger.close()
    harness.clock.move(milliseconds: 100_000)
    try await settleDown()
    ledger = try harness.open()
    let file = try #require(try ledger.writeArchive(endedBefore: harness.clock.now()))
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    #expect(Self.check(text).faults.isEmpty)
    #expect(text.contains(old))
    #expect(!Self.check(text.replacing(old, with: new)).faults.isEmpty)
    #expect(!Self.check(String(text.prefix(text.count / 2))).faults.isEmpty)
  }
}
