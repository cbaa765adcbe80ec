import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct ReconcileTests {
  private static let start: UInt64 = 1_799_999_000_000

  /// A daemon that bought once, and what the wallet would list of it.
  private static func bought() async throws -> (TestDaemon, WalletPayment) {
    let daemon = try TestDaemon()
    _ = try await daemon.call(
      CredentialRequest.self, .init(service: "data"), token: daemon.top())
    let order = try #require(daemon.wallet.orders.first)
    return (daemon, listed(order.invoice.paymentHash, amount: 1000, fee: 7, daemon))
  }

  private static func listed(
    _ hash: [UInt8], amount: UInt64, fee: UInt64, _ daemon: TestDaemon,
    state: WalletPayment.State = .settled
  ) -> WalletPayment {
    WalletPayment(
      paymentHash: hash, amount: msat(amount), fee: msat(fee), time: daemon.clock.now(),
      state: state)
  }

  private static func reconcile(_ daemon: TestDaemon) async throws -> PaymentReconcile.Reply {
    daemon.clock.move(milliseconds: 1000)
    return try await daemon.call(PaymentReconcile.self, .init(fromMs: start))
  }

  @Test func `what ledger and wallet agree on is no difference`() async throws {
    let (daemon, payment) = try await Self.bought()
    daemon.wallet.lists([payment])
    let reply = try await Self.reconcile(daemon)
    #expect(reply.differences.isEmpty && reply.agreeing == 1 && reply.isListed)
    #expect(reply.ledgerMsat == msat(1007) && reply.walletMsat == msat(1007))
  }

  @Test func `what others paid, and what the wallet lost, are differences`() async throws {
    let (daemon, payment) = try await Self.bought()
    let other = Self.listed(SHA256.hash([1]), amount: 300, fee: 1, daemon)
    daemon.wallet.lists([other])
    var reply = try await Self.reconcile(daemon)
    #expect(Set(reply.differences.map(\.kind)) == ["not_in_ledger", "not_in_wallet"])
    #expect(reply.walletMsat == msat(301))
    // A list may leave out what a look-up knows.
    daemon.wallet.says(.settled, daemon.seller)
    reply = try await Self.reconcile(daemon)
    #expect(Set(reply.differences.map(\.kind)) == ["amount", "not_in_ledger"])
    daemon.wallet.lists([payment, other])
    reply = try await Self.reconcile(daemon)
    #expect(reply.differences.map(\.paymentHash) == [Hex.encode(SHA256.hash([1]))])
    #expect(reply.agreeing == 1)
  }

  @Test func `another fee, and another end, are differences`() async throws {
    let (daemon, payment) = try await Self.bought()
    let hash = payment.paymentHash
    for (entry, kind) in [
      (Self.listed(hash, amount: 1000, fee: 8, daemon), "amount"),
      (Self.listed(hash, amount: 999, fee: 7, daemon), "amount"),
      (Self.listed(hash, amount: 1000, fee: 7, daemon, state: .pending), "state"),
      (Self.listed(hash, amount: 1000, fee: 7, daemon, state: .failed), "state"),
    ] {
      daemon.wallet.lists([entry])
      let reply = try await Self.reconcile(daemon)
      #expect(reply.differences.map(\.kind) == [kind])
      let difference = try #require(reply.differences.first)
      #expect(difference.ledger?.state == "settled" && difference.ledger?.feeMsat == msat(7))
      #expect(difference.wallet?.state == entry.state.rawValue)
      #expect(difference.node != nil && difference.hold != nil)
    }
  }

  @Test func `what money is held for is shown with what the wallet says of it`() async throws {
    let daemon = try TestDaemon()
    daemon.wallet.pays { _ in .unknown(reason: "timeout") }
    _ = try await daemon.error(
      CredentialRequest.self, .init(service: "data"), token: daemon.top())
    let hash = try #require(daemon.wallet.orders.first).invoice.paymentHash
    daemon.wallet.lists([Self.listed(hash, amount: 1000, fee: 0, daemon, state: .pending)])
    let reply = try await Self.reconcile(daemon)
    #expect(reply.differences.map(\.kind) == ["open"])
    #expect(reply.differences.first?.ledger?.state == "unknown")
    #expect(reply.differences.first?.wallet?.state == "pending")
  }

  @Test func `a payment that failed on both sides, or never began, is none`() async throws {
    let daemon = try TestDaemon()
    daemon.wallet.pays { _ in .failed(reason: "no route") }
    _ = try await daemon.error(
      CredentialRequest.self, .init(service: "data"), token: daemon.top())
    let hash = try #require(daemon.wallet.orders.first).invoice.paymentHash
    daemon.wallet.lists([])
    #expect(try await Self.reconcile(daemon).differences.isEmpty)
    daemon.wallet.lists([Self.listed(hash, amount: 1000, fee: 0, daemon, state: .failed)])
    #expect(try await Self.reconcile(daemon).differences.isEmpty)
    // The worst of all: given up here, and paid there.
    daemon.wallet.lists([Self.listed(hash, amount: 1000, fee: 2, daemon)])
    #expect(try await Self.reconcile(daemon).differences.map(\.kind) == ["state"])
  }

  @Test func `a wallet without a list is asked for each payment`() async throws {
    let (daemon, _) = try await Self.bought()
    daemon.wallet.says(.unreachable, daemon.seller)
    daemon.clock.move(milliseconds: 1000)
    let error = try await daemon.error(PaymentReconcile.self, .init(fromMs: Self.start))
    #expect(error?.reason == "upstream")
    let seller = daemon.seller
    daemon.wallet.looksUp { (hash: [UInt8]) throws(WalletError) -> PaymentStatus in
      .settled(preimage: seller.preimage(for: hash) ?? [], fee: msat(7))
    }
    let reply = try await Self.reconcile(daemon)
    #expect(!reply.isListed && reply.differences.isEmpty && reply.agreeing == 1)
  }

  @Test func `a payment at the edge of the time is matched beyond it`() async throws {
    let (daemon, payment) = try await Self.bought()
    // The wallet's clock is five minutes behind, so that its list has it before the time.
    let early = WalletPayment(
      paymentHash: payment.paymentHash, amount: payment.amount, fee: payment.fee,
      time: Timestamp(milliseconds: payment.time.milliseconds - 300_000), state: .settled)
    daemon.wallet.lists([early])
    let from = daemon.clock.now().milliseconds - 1
    daemon.clock.move(milliseconds: 1000)
    let reply = try await daemon.call(PaymentReconcile.self, .init(fromMs: from))
    #expect(reply.differences.isEmpty && reply.agreeing == 1)
    // And one that the wallet has in the time is matched with the ledger's from before.
    daemon.clock.move(milliseconds: 3_600_000)
    daemon.wallet.lists([Self.listed(payment.paymentHash, amount: 1000, fee: 7, daemon)])
    let later = try await daemon.call(
      PaymentReconcile.self,
      .init(
        fromMs: daemon.clock.now().milliseconds - 1,
        untilMs: daemon.clock.now().milliseconds + 1))
    #expect(later.differences.isEmpty && later.agreeing == 1)
  }

  @Test func `a time that ends before it begins is refused`() async throws {
    let daemon = try TestDaemon()
    let error = try await daemon.error(PaymentReconcile.self, .init(fromMs: 5, untilMs: 5))
    #expect(error?.reason == "invalid_params")
  }
}
