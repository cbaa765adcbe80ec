import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Synchronization
import Testing

@testable import PurserServer

private typealias Ask = CredentialRequest.Parameters

@Suite struct RecoveryTests {
  /// What was on disk when the daemon stopped.
  enum Stopped: CaseIterable { case intent, sent, unknown }
  /// What the wallet says of it afterwards.
  enum Word: CaseIterable { case settled, failed, pending, notFound, unreachable }

  /// A daemon that stopped with a payment in `stopped`, and the token that bought.
  private static func stop(_ stopped: Stopped) async throws -> (TestDaemon, GrantToken) {
    let daemon = try TestDaemon()
    let token = daemon.top(.validUntil(1_800_100_000))
    if stopped == .unknown {
      daemon.wallet.pays { _ in .unknown(reason: "timeout") }
      let error = try await daemon.error(
        CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
      #expect(error?.reason == "payment_pending")
    } else {
      // As if it was killed between two commits: the rows are there, and nobody goes on.
      try await daemon.beginPayment(by: token, key: "k", isSent: stopped == .sent)
    }
    #expect(try daemon.ledger.openPayments().count == 1)
    return (daemon, token)
  }

  @Test(arguments: Stopped.allCases, Word.allCases)
  func `a payment is resumed by what the wallet says`(stopped: Stopped, word: Word) async throws {
    let (before, token) = try await Self.stop(stopped)
    let daemon = try TestDaemon(after: before)
    let sentBefore = daemon.wallet.orders.count
    let seller = daemon.seller
    daemon.wallet.pays { order in
      .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: msat(3))
    }
    daemon.wallet.says(word, seller)
    try await daemon.coordinator.recoverPayments()
    // Nothing is sent before the sockets open.
    #expect(daemon.wallet.orders.count == sentBefore)
    let open = try daemon.ledger.openPayments()
    let request = { () async throws -> RPCError? in
      try await daemon.error(
        CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
    }
    if stopped == .intent || word == .failed {
      #expect(open.isEmpty)
      #expect(try daemon.counters(token) == (0, 0))
      #expect(try await request() == nil)
      #expect(try daemon.counters(token) == (1003, 0))
    } else if word == .settled {
      #expect(open.isEmpty)
      let reply = try await daemon.call(
        CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
      #expect(reply.costMsat == msat(1003))
      #expect(daemon.wallet.orders.count == sentBefore)
      try seller.serve(reply.authorization, service: "data")
    } else {
      #expect(open.map(\.state) == [.unknown])
      #expect(try daemon.counters(token) == (0, 1100))
      #expect(try await request()?.reason == "payment_pending")
      #expect(daemon.wallet.orders.count == sentBefore)
      await daemon.watch(rounds: 1)
      if word == .notFound {
        // The same invoice, once more, and no other.
        let invoice = try #require(daemon.wallet.orders.last?.invoice)
        #expect(daemon.wallet.orders.count == sentBefore + 1)
        #expect(invoice.text == open[0].invoice)
        #expect(try daemon.ledger.openPayments().isEmpty)
        #expect(try daemon.counters(token) == (1003, 0))
        #expect(try await request() == nil)
      } else {
        #expect(daemon.wallet.orders.count == sentBefore)
        #expect(try daemon.counters(token) == (0, 1100))
      }
    }
    #expect(try daemon.ledger.verifyLedger().faults.isEmpty)
    #expect(try daemon.ledger.verifyAudit(keys: []).fault == nil)
  }

  @Test func `a lost payment is given up long after its invoice, when two looks agree`()
    async throws
  {
    let (before, token) = try await Self.stop(.unknown)
    let daemon = try TestDaemon(after: before)
    daemon.wallet.pays { _ in .unknown(reason: "timeout") }
    try await daemon.coordinator.recoverPayments()
    await daemon.watch(rounds: 2)
    #expect(daemon.wallet.orders.count == 3)
    // Expired: it is not sent again, nor given up.
    daemon.clock.move(milliseconds: 3_600_000)
    await daemon.watch(rounds: 3)
    #expect(daemon.wallet.orders.count == 3)
    // One look after the margin is not enough, whatever was said before.
    let (clock, coordinator) = (daemon.clock, daemon.coordinator)
    let rounds = Mutex(0)
    clock.move(milliseconds: 600_000)
    let heldAfterOneLook = Mutex<UInt64?>(nil)
    await coordinator.watchUnknownPayments { _ in
      let round = rounds.withLock { rounds in
        rounds += 1
        return rounds
      }
      if round == 2 {
        let held = try? daemon.counters(token).held
        heldAfterOneLook.withLock { $0 = held }
        clock.move(milliseconds: 60_000)
      }
      if round == 3 { throw CancellationError() }
    }
    #expect(heldAfterOneLook.withLock { $0 } == 1100)
    #expect(try daemon.ledger.openPayments().isEmpty)
    #expect(try daemon.counters(token) == (0, 0))
  }

  @Test(arguments: [true, false])
  func `a failure of an invoice that was sent again is believed when nobody can pay it any more`(
    isLookedUp: Bool
  ) async throws {
    let (before, token) = try await Self.stop(.unknown)
    let daemon = try TestDaemon(after: before)
    // The wallet paid, then lost its records: the payee takes no second payment.
    daemon.wallet.pays { _ in .failed(reason: "the payee does not know this payment") }
    await daemon.watch(rounds: 1)
    #expect(daemon.wallet.orders.count == 2)
    if isLookedUp {
      // It has a record of the second order by now.
      daemon.wallet.looksUp { (_: [UInt8]) throws(WalletError) -> PaymentStatus in
        .failed(reason: "the payee does not know this payment")
      }
    }
    try await daemon.coordinator.recoverPayments()
    await daemon.watch(rounds: 2)
    #expect(try daemon.ledger.openPayments().map(\.state) == [.unknown])
    #expect(try daemon.counters(token) == (0, 1100))
    daemon.clock.move(milliseconds: 3_600_000 + 600_000)
    if isLookedUp {
      await daemon.watch(rounds: 1)
      #expect(try daemon.ledger.openPayments().isEmpty)
      #expect(try daemon.counters(token) == (0, 0))
    }
  }

  @Test func `a stopped grant's payment is not sent again`() async throws {
    let (before, token) = try await Self.stop(.unknown)
    let daemon = try TestDaemon(after: before)
    _ = try await daemon.call(GrantFreeze.self, .init(node: node(1)))
    let sent = daemon.wallet.orders.count
    await daemon.watch(rounds: 3)
    #expect(daemon.wallet.orders.count == sent)
    #expect(try daemon.counters(token).held == 1100)
  }

  @Test func `a lie of the wallet is noted once`() async throws {
    let (before, _) = try await Self.stop(.sent)
    let daemon = try TestDaemon(after: before)
    daemon.wallet.looksUp { (_: [UInt8]) throws(WalletError) -> PaymentStatus in
      .settled(preimage: randomBytes(32), fee: .zero)
    }
    try await daemon.coordinator.recoverPayments()
    await daemon.watch(rounds: 5)
    #expect(try daemon.ledger.openPayments().map(\.state) == [.unknown])
    #expect(try daemon.actions().filter { $0 == "payment.unknown" }.count == 1)
  }

  /// The command that the disk does not take.
  enum Lost: String, CaseIterable { case send, settle, fail, noteUnknown }

  @Test(arguments: Lost.allCases)
  func `a payment whose next step the disk refused is seen to without a restart`(
    lost: Lost
  ) async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    let seller = daemon.seller
    let broken = WatchedLedger(daemon.ledger) { command in
      switch command {
      case .sendPayment: lost == .send
      case .finishPayment(_, .settled, _): lost == .settle
      // The way out of an intent that was not sent is refused as well.
      case .finishPayment(_, .failed, _): lost == .fail || lost == .send
      case .finishPayment(_, .unknown, _): lost == .noteUnknown
      default: false
      }
    }
    daemon.wallet.pays { order in
      switch lost {
      case .fail: .failed(reason: "no route")
      case .noteUnknown: .unknown(reason: "timeout")
      default:
        .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: msat(3))
      }
    }
    let coordinator = daemon.coordinator(ledger: broken)
    let handler = RequestHandler(coordinator, refusals: daemon.refusals, log: quietLog)
    let request = RPCRequest<CredentialRequest>(
      id: .number(1), Ask(service: "data"),
      options: CallOptions(token: token.text, idempotencyKey: "k"))
    let answer = await handler.answer(try WireJSON.encode(request), in: daemon.agents) ?? []
    let outcome = try WireJSON.decode(RPCResponse<CredentialReply>.self, from: answer).outcome
    guard case .failure(let error) = outcome else {
      Issue.record("it had an answer")
      return
    }
    // Only where the wallet was never asked may it say that nothing was changed.
    #expect(error.reason == (lost == .send ? "storage" : "payment_pending"))
    #expect(daemon.wallet.orders.count == (lost == .send ? 0 : 1))
    #expect(try daemon.counters(token) == (0, 1100))
    broken.mend()
    daemon.wallet.says(lost == .fail ? .failed : lost == .noteUnknown ? .pending : .settled, seller)
    await coordinator.watch(rounds: 1)
    switch lost {
    case .send, .fail: #expect(try daemon.counters(token) == (0, 0))
    case .settle:
      #expect(try daemon.counters(token) == (1003, 0))
      let reply = try await daemon.call(
        CredentialRequest.self, Ask(service: "data"), token: token, key: "k")
      #expect(reply.costMsat == msat(1003))
    case .noteUnknown: #expect(try daemon.ledger.openPayments().map(\.state) == [.unknown])
    }
    #expect(daemon.wallet.orders.count == (lost == .send ? 0 : 1))
  }

  @Test func `the watcher leaves a payment alone that its task sees to`() async throws {
    let daemon = try TestDaemon()
    let gate = Gate()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      await gate.pass()
      return .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: .zero)
    }
    let token = daemon.top()
    async let reply = daemon.call(CredentialRequest.self, Ask(service: "data"), token: token)
    await gate.waitForArrivals(1)
    await daemon.watch(rounds: 3)
    #expect(daemon.wallet.lookUps.isEmpty)
    #expect(try daemon.ledger.openPayments().map(\.state) == [.sent])
    gate.open()
    #expect(try await reply.costMsat == msat(1000))
  }

  @Test func `more spent than held is booked in full and stops the grant`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: msat(5000))
    }
    let error = try await daemon.error(
      CredentialRequest.self, Ask(service: "data"), token: token)
    #expect(error?.reason == "frozen")
    #expect(try daemon.counters(token) == (6000, 0))
  }
}

extension ScriptedWallet {
  func says(_ word: RecoveryTests.Word, _ seller: ScriptedSeller) {
    looksUp { (hash: [UInt8]) throws(WalletError) -> PaymentStatus in
      switch word {
      case .settled: .settled(preimage: seller.preimage(for: hash) ?? [], fee: msat(3))
      case .failed: .failed(reason: "no route")
      case .pending: .pending
      case .notFound: .notFound
      case .unreachable: throw .unreachable("connection refused")
      }
    }
  }
}

extension Coordinator {
  /// Lets the watcher look so many times.
  func watch(rounds: Int) async {
    let count = Mutex(0)
    await watchUnknownPayments { _ in
      let isOver = count.withLock { count in
        count += 1
        return count > rounds
      }
      if isOver { throw CancellationError() }
    }
  }
}

extension TestDaemon {
  func watch(rounds: Int) async { await coordinator.watch(rounds: rounds) }

  func coordinator(ledger: any Ledger) -> Coordinator {
    Coordinator(
      ledger: ledger, wallet: wallet, sellers: seller, policies: coordinator.policies,
      keyring: maker.keyring,
      auditKeys: testAuditKeys, network: .regtest, random: { randomBytes($0) }, log: quietLog)
  }

  /// The first commits of a purchase, as `credential.request` makes them.
  fileprivate func beginPayment(by token: GrantToken, key: String, isSent: Bool) async throws {
    let chain = maker.chain(token)
    let parameters = Ask(service: "data")
    let service = try #require(coordinator.policy.services["data"])
    let check = ChallengeCheck(
      ask: try coordinator.credentialAsk(of: service, by: chain, capabilities: nil, ttl: nil),
      network: .regtest, now: ledger.now(), isFetchedByDaemon: true)
    let checked = try check.firstPayable(in: seller.challenge())
    let hold: HoldID = coordinator.freshID()
    let payment = Payment(
      hold: hold, node: chain.node, paymentHash: checked.invoice.paymentHash,
      invoice: checked.invoice.text, amount: checked.amount, feeLimit: msat(100),
      invoiceExpiresAtSeconds: checked.invoice.expiresAtSeconds,
      purchase: Purchase(service: "data", capabilities: [], scope: nil),
      sealedToken: try coordinator.sealer.seal(
        try checked.secret.encoded(), at: .payment(hold)))
    let caller = Caller(
      token: token, chain: chain, actor: .agent(chain.node, peer: nil), source: 1)
    let digest = SHA256.hash(try WireJSON.encode(parameters))
    let claim = RepeatKey(key: key, digest: digest).claim(
      of: caller, method: CredentialRequest.name)
    _ = try await coordinator.submit(
      .beginPayment(payment, by: chain), by: caller, claim: claim)
    if isSent {
      _ = try await coordinator.submit(.sendPayment(hold: hold, by: chain), by: caller)
    }
  }
}
