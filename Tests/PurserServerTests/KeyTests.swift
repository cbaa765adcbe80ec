import L402
import LibCrypto
import Macaroons
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

private typealias Ask = CredentialRequest.Parameters

/// Master keys that change while the daemon runs.
@Suite struct KeyTests {
  private static func key(_ number: UInt64) -> [UInt8] {
    // That of the daemons of these tests.
    number == 1 ? SHA256.hash(Array("test".utf8)) : SHA256.hash(Array("key \(number)".utf8))
  }

  private static func ring(_ numbers: UInt64..., current: UInt64) throws -> Keyring {
    try #require(
      Keyring(
        keys: Dictionary(uniqueKeysWithValues: numbers.map { ($0, key($0)) }),
        currentKeyID: current))
  }

  /// Puts these keys into the file and has the daemon take them over.
  @discardableResult
  private static func reload(
    _ daemon: TestDaemon, _ keyring: Keyring?
  ) async throws -> KeyReload.Reply {
    daemon.keyFile.hold(keyring)
    return try await daemon.call(KeyReload.self, NoParameters())
  }

  private static func refusal(_ daemon: TestDaemon, _ keyring: Keyring?) async throws -> String {
    daemon.keyFile.hold(keyring)
    let error = try #require(try await daemon.error(KeyReload.self, NoParameters()))
    #expect(error.reason == "conflict")
    return error.message
  }

  @Test func `a token of an old key keeps its node and counters after a rotation`() async throws {
    let daemon = try TestDaemon()
    var limits = GrantCreate.Parameters()
    limits.spendMsat = msat(1000)
    let top = try await daemon.call(GrantCreate.self, limits)
    let old = try GrantToken(parsing: top.token)
    let child = daemon.child(old, .spend(msat(500)))
    for token in [old, child] {
      _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(300)), token: token)
    }
    let reply = try await Self.reload(daemon, Self.ring(1, 2, current: 2))
    #expect(reply.current == 2 && reply.keys == [1, 2])
    #expect(reply.added == [2] && reply.removed == [])
    #expect(
      try await daemon.call(TokenInspect.self, .init(), token: old).levels.first?.node == top.node)
    for token in [old, child] {
      let error = try await daemon.error(
        SpendCharge.self, .init(amountMsat: msat(401)), token: token)
      #expect(error?.reason == "budget_exceeded")
    }
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(200)), token: child)
    #expect(try daemon.ledger.node(top.node)?.settled == msat(800))
    let fresh = try GrantToken(
      parsing: try await daemon.call(GrantCreate.self, limits).token)
    #expect(GrantIdentifier(bytes: fresh.macaroon.identifier)?.keyID == 2)
    #expect(try daemon.actions().filter { $0 == "key.reload" }.count == 1)
  }

  @Test func `a retired key's tokens are refused at once, on connections that knew them too`()
    async throws
  {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(1000)))
    let (opened, showing) = (daemon.agents, daemon.agents)
    try await Self.reload(daemon, Self.ring(1, 2, current: 2))
    _ = try await daemon.call(SessionOpen.self, NoParameters(), token: token, in: opened)
    _ = try await daemon.call(
      SpendCharge.self, .init(amountMsat: msat(1)), token: token, in: showing)
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(1)), in: opened)
    try await Self.reload(daemon, Self.ring(2, current: 2))
    let refusals = [
      try await daemon.error(SpendCharge.self, .init(amountMsat: msat(1)), in: opened),
      try await daemon.error(
        SpendCharge.self, .init(amountMsat: msat(1)), token: token, in: showing),
      try await daemon.error(SpendCharge.self, .init(amountMsat: msat(1)), token: token),
    ]
    for error in refusals {
      #expect(error?.reason == "unauthenticated")
      #expect(error?.data["cause"] == .string("unknown_key"))
      #expect(error?.message.contains("ask for a new one") == true)
    }
    #expect(try daemon.counters(token).settled == 2)
  }

  @Test func `what is sealed moves to the current key, and nothing needs the old one`()
    async throws
  {
    let daemon = try TestDaemon()
    let made = try await daemon.call(GrantCreate.self, .init(), key: "make")
    let token = try GrantToken(parsing: made.token)
    let bought = try await daemon.call(
      CredentialRequest.self, Ask(service: "data"), token: token, key: "buy")
    daemon.wallet.pays { _ in .unknown(reason: "timeout") }
    _ = try await daemon.error(CredentialRequest.self, Ask(service: "pinned"), token: token)
    try await Self.reload(daemon, Self.ring(1, 2, current: 2))
    let before = try await daemon.call(KeyList.self, NoParameters()).keys
    #expect(before.map(\.records) == [5, 0])
    let moved = try await daemon.call(KeyReseal.self, .init(key: 1))
    #expect(moved == KeyReseal.Reply(key: 1, newKey: 2, records: 5))
    #expect(
      try await daemon.call(KeyList.self, NoParameters()).keys == [
        .init(number: 1, isCurrent: false, isLoaded: true, records: 0),
        .init(number: 2, isCurrent: true, isLoaded: true, records: 5),
      ])
    #expect(try await daemon.call(KeyReseal.self, .init(key: 1)).records == 0)
    // The same answers, from what is sealed anew.
    #expect(try await daemon.call(GrantCreate.self, .init(), key: "make").token == made.token)
    #expect(
      try await daemon.call(
        CredentialRequest.self, Ask(service: "data"), token: token, key: "buy") == bought)
    // A payment that began under the old key ends after it is gone; its grant's token was signed by
    // that key too, which stops nothing that is in flight.
    try await Self.reload(daemon, Self.ring(2, current: 2))
    daemon.wallet.says(.settled, daemon.seller)
    await daemon.watch(rounds: 1)
    #expect(try daemon.ledger.openPayments().isEmpty)
    #expect(try daemon.activeCredentials() == 2)
    #expect(try daemon.ledger.verifyLedger().faults.isEmpty)
    #expect(try daemon.ledger.verifyAudit(keys: []).fault == nil)
  }

  @Test func `a payment in the wallet's hands ends after its key is gone`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(50_000)))
    let paying = Gate()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      await paying.pass()
      return .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: msat(0))
    }
    async let bought = daemon.call(CredentialRequest.self, Ask(service: "data"), token: token)
    await paying.waitForArrivals(1)
    try await Self.reload(daemon, Self.ring(1, 2, current: 2))
    #expect(try await daemon.call(KeyReseal.self, .init(key: 1)).records == 1)
    try await Self.reload(daemon, Self.ring(2, current: 2))
    paying.open()
    let reply = try await bought
    try seller.serve(reply.authorization, service: "data")
    let counts = try daemon.ledger.sealedCounts()
    #expect(counts.keys.sorted() == [2])
  }

  @Test func `a reload is all or nothing, and says why not`() async throws {
    let daemon = try TestDaemon()
    _ = try await daemon.call(GrantCreate.self, .init(), key: "make")
    #expect(try await Self.refusal(daemon, nil).contains("stay as they were"))
    let other = try #require(Keyring(keys: [1: Self.key(9), 2: Self.key(2)], currentKeyID: 2))
    #expect(try await Self.refusal(daemon, other).contains("key 1 is another one"))
    let gone = try await Self.refusal(daemon, Self.ring(2, current: 2))
    #expect(gone.contains("key 1, which is current here, is missing"))
    #expect(daemon.coordinator.keys.current.keyIDs == [1])
    try await Self.reload(daemon, Self.ring(1, 2, current: 2))
    let needed = try await Self.refusal(daemon, Self.ring(2, current: 2))
    #expect(needed.contains("1 records are sealed under key 1"))
    #expect(needed.contains("purser key retire 1"))
    let back = try await Self.refusal(daemon, Self.ring(1, 2, current: 1))
    #expect(back.contains("key 1 is an old one"))
    #expect(daemon.coordinator.keys.current.keyIDs == [1, 2])
    #expect(daemon.coordinator.keys.current.currentKeyID == 2)
    // Nothing new is no change, and no event.
    let events = try daemon.actions().count
    #expect(try await Self.reload(daemon, Self.ring(1, 2, current: 2)).added == [])
    #expect(try daemon.actions().count == events)
  }

  @Test func `nothing comes in under a key that is being retired`() async throws {
    let daemon = try TestDaemon()
    try await Self.reload(daemon, Self.ring(1, 2, current: 2))
    _ = try await daemon.call(KeyReseal.self, .init(key: 1))
    let sealer = Sealer(
      keys: MasterKeys(try Self.ring(1, current: 1)), random: { randomBytes($0) })
    let claim = IdempotencyClaim(node: nil, method: "m", key: "late", digest: [1])
    let late = LedgerRequest(
      actor: .operatorUser(peer: nil),
      command: .note(AuditNote("wallet.invoice")), idempotency: claim,
      attachment: try sealer.seal([1], at: .answer(claim)))
    await #expect(throws: Refusal.overloaded(retryAfterMs: 50)) {
      try await daemon.ledger.submit(late, from: 1)
    }
    #expect(try daemon.ledger.sealedCounts().isEmpty)
  }

  @Test func `only an old key that is there is sealed away from`() async throws {
    let daemon = try TestDaemon()
    #expect(try await daemon.error(KeyReseal.self, .init(key: 1))?.reason == "conflict")
    #expect(try await daemon.error(KeyReseal.self, .init(key: 7))?.reason == "not_found")
    for call in [KeyList.name, KeyReload.name, KeyReseal.name] {
      let answer = await daemon.line(
        #"{"jsonrpc":"2.0","id":1,"method":"\#(call)","params":{}}"#)
      #expect(answer?.contains("-32601") == true)
    }
  }

  @Test func `many records move in steps, each in one transaction with one event`() async throws {
    let daemon = try TestDaemon()
    for number in 0..<300 {
      _ = try await daemon.call(GrantCreate.self, .init(), key: "make \(number)")
    }
    try await Self.reload(daemon, Self.ring(1, 2, current: 2))
    #expect(try await daemon.call(KeyReseal.self, .init(key: 1)).records == 300)
    #expect(try daemon.actions().filter { $0 == "key.reseal" }.count == 3)
    #expect(try daemon.ledger.sealedCounts()[2]?.answers == 300)
    #expect(try daemon.ledger.sealedCounts()[1] == nil)
  }

  @Test func `no key shows in a description of what holds keys`() throws {
    let keys = MasterKeys(try Self.ring(1, 2, current: 2))
    for number: UInt64 in [1, 2] {
      #expect(!String(reflecting: keys).contains(Hex.encode(Self.key(number))))
      #expect(!"\(keys.current)".contains(Hex.encode(Self.key(number))))
    }
  }
}
