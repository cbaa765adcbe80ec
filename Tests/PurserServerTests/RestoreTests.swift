import Foundation
import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

/// A ledger that came out of a backup, and what the wallet has paid since.
@Suite struct RestoreTests {
  private struct Story {
    let daemon: TestDaemon
    let known: GrantToken
    let node: NodeID
  }

  /// A daemon over a restored ledger with one grant that spent 100 msat.
  private static func restored() async throws -> Story {
    let daemon = try TestDaemon()
    var limits = GrantCreate.Parameters()
    limits.spendMsat = msat(1000)
    let grant = try await daemon.call(GrantCreate.self, limits)
    let token = try GrantToken(parsing: grant.token)
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(100)), token: token)
    let note = RestoreNote(
      digest: String(repeating: "0", count: 64), events: 2, since: daemon.clock.now())
    _ = try await daemon.ledger.submit(
      LedgerRequest(actor: .operatorUser(peer: nil), command: .restore(note)), from: 1)
    return Story(daemon: daemon, known: token, node: grant.node)
  }

  private static func payment(
    _ number: UInt8, _ amount: UInt64, at time: Timestamp,
    _ state: WalletPayment.State = .settled
  ) -> WalletPayment {
    WalletPayment(
      paymentHash: SHA256.hash([number]), amount: msat(amount), fee: msat(2), time: time,
      state: state)
  }

  private static func hash(_ number: UInt8) -> String { Hex.encode(SHA256.hash([number])) }

  @Test func `every top-level grant starts frozen, and stays so until the books fit`()
    async throws
  {
    let story = try await Self.restored()
    let daemon = story.daemon
    let charge = {
      try await daemon.error(
        SpendCharge.self, .init(amountMsat: msat(1)), token: story.known)?.reason
    }
    let unfreeze = { try await daemon.error(GrantUnfreeze.self, .init(node: story.node)) }
    #expect(try await charge() == "frozen")
    let early = try #require(try await unfreeze())
    #expect(early.reason == "conflict" && early.message.contains("purser payment compare"))
    let now = daemon.clock.now()
    daemon.wallet.lists([
      Self.payment(1, 300, at: now), Self.payment(2, 50, at: now),
      Self.payment(3, 9, at: now, .failed),
      Self.payment(4, 70, at: now, .pending),
    ])
    await daemon.coordinator.compareRestored()
    let status = try await daemon.call(RestoreStatus.self, NoParameters())
    #expect(status.comparedBy == "wallet" && !status.isSettled)
    #expect(Set(status.unbooked.map(\.paymentHash)) == [Self.hash(1), Self.hash(2), Self.hash(4)])
    let waiting = try #require(try await unfreeze())
    #expect(waiting.message.contains("3 payments of the wallet are in no book"))
    let booked = try await daemon.call(
      PaymentBook.self, .init(paymentHash: Self.hash(1), node: story.node), key: "b")
    #expect(booked.settledMsat == msat(302) && booked.unbooked == 2)
    #expect(
      try await daemon.call(
        PaymentBook.self, .init(paymentHash: Self.hash(1), node: story.node), key: "b"
      ).hold == booked.hold)
    _ = try await daemon.call(
      PaymentBook.self, .init(paymentHash: Self.hash(2), isOutside: true))
    let pending = try await daemon.error(
      PaymentBook.self, .init(paymentHash: Self.hash(4), node: story.node))
    #expect(pending?.reason == "conflict")
    // The pending one fails in the end.
    daemon.wallet.lists([Self.payment(1, 300, at: now), Self.payment(4, 70, at: now, .failed)])
    let after = try await daemon.call(RestoreCompare.self, .init())
    #expect(after.isSettled && after.unbooked.isEmpty)
    #expect(try await unfreeze() == nil)
    #expect(try await charge() == nil)
    #expect(try daemon.ledger.node(story.node)?.settled == msat(100 + 302 + 1))
    #expect(try daemon.ledger.verifyLedger().faults.isEmpty)
    #expect(try daemon.ledger.verifyAudit(keys: []).fault == nil)
    #expect(
      try daemon.actions().suffix(7) == [
        "restored", "restore.check", "payment.book", "payment.outside", "restore.check",
        "grant.unfreeze", "spend.charge",
      ])
  }

  @Test func `it stays so over a restart, and what was booked is booked once`() async throws {
    let story = try await Self.restored()
    let now = story.daemon.clock.now()
    story.daemon.wallet.lists([Self.payment(1, 300, at: now), Self.payment(2, 50, at: now)])
    await story.daemon.coordinator.compareRestored()
    _ = try await story.daemon.call(
      PaymentBook.self, .init(paymentHash: Self.hash(1), node: story.node))
    let daemon = try TestDaemon(after: story.daemon)
    await daemon.coordinator.compareRestored()
    let status = try await daemon.call(RestoreStatus.self, NoParameters())
    #expect(status.unbooked.map(\.paymentHash) == [Self.hash(2)])
    #expect(try await daemon.error(GrantUnfreeze.self, .init(node: story.node)) != nil)
    let again = try await daemon.error(
      PaymentBook.self, .init(paymentHash: Self.hash(1), node: story.node))
    #expect(again?.reason == "not_found")
  }

  @Test func `a booking counts above the limits, in windows too`() async throws {
    let story = try await Self.restored()
    let daemon = story.daemon
    daemon.wallet.lists([Self.payment(1, 5000, at: daemon.clock.now())])
    await daemon.coordinator.compareRestored()
    _ = try await daemon.call(
      PaymentBook.self, .init(paymentHash: Self.hash(1), node: story.node))
    _ = try await daemon.call(GrantUnfreeze.self, .init(node: story.node))
    let error = try await daemon.error(
      SpendCharge.self, .init(amountMsat: msat(1)), token: story.known)
    #expect(error?.reason == "budget_exceeded")
    #expect(try daemon.counters(story.known) == (5102, 0))
    #expect(try daemon.ledger.verifyLedger().faults.isEmpty)
  }

  @Test func `a wallet without a list leaves it to an operator's word`() async throws {
    let story = try await Self.restored()
    let daemon = story.daemon
    await daemon.coordinator.compareRestored()
    #expect(try await daemon.call(RestoreStatus.self, NoParameters()).comparedBy == nil)
    let error = try #require(try await daemon.error(RestoreCompare.self, .init()))
    #expect(error.message.contains("--wallet-checked"))
    #expect(try await daemon.error(RestoreCompare.self, .init(walletChecked: ""))?.reason != nil)
    let status = try await daemon.call(
      RestoreCompare.self, .init(walletChecked: "looked at the node"))
    #expect(status.comparedBy == "operator" && status.isSettled)
    _ = try await daemon.call(GrantUnfreeze.self, .init(node: story.node))
    let events = try daemon.ledger.events(after: 0, limit: 100, under: nil).map(\.text)
    #expect(events.contains { $0.contains("looked at the node") })
  }

  @Test func `a grant made after the backup is refused for good, a new one is not`() async throws {
    let story = try await Self.restored()
    let daemon = story.daemon
    let later = daemon.top(.spend(msat(1000)), id: 77)
    let charge = { (token: GrantToken) in
      try await daemon.error(SpendCharge.self, .init(amountMsat: msat(1)), token: token)
    }
    for _ in 0..<2 {
      let error = try #require(try await charge(later))
      #expect(error.reason == "forbidden" && error.data["rule"] == .string("restored"))
      #expect(try await charge(daemon.child(later))?.reason == "forbidden")
      daemon.wallet.lists([])
      await daemon.coordinator.compareRestored()
    }
    let fresh = try await daemon.call(GrantCreate.self, .init())
    #expect(try await charge(GrantToken(parsing: fresh.token)) == nil)
  }

  @Test func `what the wallet has paid is never paid again`() async throws {
    let story = try await Self.restored()
    let daemon = story.daemon
    let challenge = daemon.seller.challenge()
    // Found out from the order of a first try, which is on no book.
    daemon.wallet.pays { _ in .failed(reason: "no route") }
    let fresh = try GrantToken(
      parsing: try await daemon.call(GrantCreate.self, .init()).token)
    let ask = ChallengePay.Parameters(service: "pinned", wwwAuthenticate: challenge)
    _ = try await daemon.error(ChallengePay.self, ask, token: fresh)
    let hash = try #require(daemon.wallet.orders.last?.invoice.paymentHash)
    daemon.wallet.lists([
      WalletPayment(
        paymentHash: hash, amount: msat(1), fee: msat(0), time: daemon.clock.now(), state: .settled)
    ])
    await daemon.coordinator.compareRestored()
    let orders = daemon.wallet.orders.count
    let error = try await daemon.error(ChallengePay.self, ask, token: fresh)
    #expect(error?.reason == "conflict")
    #expect(daemon.wallet.orders.count == orders)
  }

  @Test func `a ledger that was not restored has nothing to book`() async throws {
    let daemon = try TestDaemon()
    #expect(try await daemon.error(RestoreStatus.self, NoParameters())?.reason == "not_found")
    #expect(try await daemon.error(RestoreCompare.self, .init())?.reason == "not_found")
    let book = PaymentBook.Parameters(paymentHash: Self.hash(1), isOutside: true)
    #expect(try await daemon.error(PaymentBook.self, book)?.reason == "not_found")
    for wrong in [
      PaymentBook.Parameters(paymentHash: "ab", isOutside: true),
      PaymentBook.Parameters(paymentHash: Self.hash(1)),
      PaymentBook.Parameters(paymentHash: Self.hash(1), node: node(1), isOutside: true),
    ] {
      #expect(try await daemon.error(PaymentBook.self, wrong)?.reason == "invalid_params")
    }
  }
}
