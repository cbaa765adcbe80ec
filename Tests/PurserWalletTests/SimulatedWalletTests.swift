import FoundationEssentials
import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

@Suite struct SimulatedWalletTests {
  @Test func `a payment gives the preimage, moves the money and takes the fee`() async throws {
    let world = try SimulatedWorld()
    try world.network.configure(
      "buyer", SimulatedBehavior(baseFee: try amount(1_000), feePartsPerMillion: 5_000))
    let order = try await world.order(msat: 21_001, feeLimit: 1_105)

    guard case .settled(let preimage, let fee) = await world.buyer.pay(order) else {
      Issue.record("not settled")
      return
    }
    #expect(SHA256.hash(preimage) == order.invoice.paymentHash)
    #expect(fee.value == 1_105)
    #expect(try world.network.balance(of: "seller").value == 21_001)
    #expect(try world.network.balance(of: "buyer").value == 1_000_000 - 21_001 - 1_105)
    #expect(
      try await world.buyer.lookUp(paymentHash: order.invoice.paymentHash)
        == .settled(preimage: preimage, fee: fee))
    #expect(world.buyer.feeReserve(for: order.amount) == .zero)
  }

  @Test func `invoices are real: signed by the node, for its network, amount and time`()
    async throws
  {
    let world = try SimulatedWorld()
    let invoice = try await world.order(msat: 7_003, expiry: 90).invoice
    #expect(invoice.network == .regtest)
    #expect(invoice.amountMsat == 7_003)
    #expect(invoice.description == "data")
    #expect(invoice.timestampSeconds == 1_700_000_000)
    #expect(invoice.expirySeconds == 90)
    #expect(try invoice.payee == world.network.publicKey(of: "seller"))
    #expect(
      try world.network.publicKey(of: "seller") != world.network.publicKey(of: "buyer"))
  }

  @Test func `an invoice that cannot be is refused`() async throws {
    let world = try SimulatedWorld()
    let request = InvoiceRequest(amount: .zero, description: "free", expirySeconds: 60)
    await #expect(throws: WalletError.self) { try await world.seller.createInvoice(request) }
  }

  @Test func `only the payer of an invoice can look its preimage up`() async throws {
    let world = try SimulatedWorld()
    let other = try world.network.wallet(of: "other")
    let order = try await world.order(msat: 5_000)
    #expect(try await world.buyer.lookUp(paymentHash: order.invoice.paymentHash) == .notFound)
    _ = await world.buyer.pay(order)
    #expect(try await other.lookUp(paymentHash: order.invoice.paymentHash) == .notFound)
    #expect(try await world.seller.lookUp(paymentHash: order.invoice.paymentHash) == .notFound)
  }

  @Test func `an invoice is paid once, whoever pays it`() async throws {
    let world = try SimulatedWorld()
    let other = try world.network.wallet(of: "other", openingBalance: try amount(100_000))
    let order = try await world.order(msat: 5_000)
    _ = await world.buyer.pay(order)

    #expect(
      await world.buyer.pay(order)
        == .unknown(reason: "this wallet has already sent a payment for this invoice"))
    #expect(await other.pay(order) == .failed(reason: "the invoice is already paid"))
    #expect(try world.network.balance(of: "seller").value == 5_000)
    #expect(try world.network.payments().count == 1)
    guard case .settled = try await world.buyer.lookUp(paymentHash: order.invoice.paymentHash)
    else {
      Issue.record("the look-up does not say that it is paid")
      return
    }
  }

  @Test func `what cannot be paid fails, and nothing moves`() async throws {
    let world = try SimulatedWorld()
    try world.network.configure("buyer", SimulatedBehavior(baseFee: try amount(10)))
    let dear = try await world.order(msat: 999_991, feeLimit: 10)
    let tight = try await world.order(msat: 1_000, feeLimit: 9)
    let late = try await world.order(msat: 1_000, feeLimit: 10, expiry: 5)
    let good = try await world.order(msat: 1_000, feeLimit: 10)
    let less = PaymentOrder(
      invoice: good.invoice, amount: try amount(999), feeLimit: try amount(10))
    world.clock.advance(milliseconds: 5_000)

    #expect(await world.buyer.pay(dear) == .failed(reason: "insufficient balance"))
    #expect(await world.buyer.pay(tight) == .failed(reason: "no route within the fee limit"))
    #expect(await world.buyer.pay(late) == .failed(reason: "the invoice has expired"))
    #expect(await world.buyer.pay(less) == .failed(reason: "the amount is not the invoice's"))
    #expect(try world.network.balance(of: "buyer").value == 1_000_000)
    #expect(
      try await world.buyer.lookUp(paymentHash: dear.invoice.paymentHash)
        == .failed(reason: "insufficient balance"))
  }

  @Test func `an invoice of another network's node has no route`() async throws {
    let world = try SimulatedWorld()
    let stranger = try SimulatedWorld()
    let order = try await stranger.order(msat: 1_000)
    #expect(await world.buyer.pay(order) == .failed(reason: "no route to the payee"))
  }

  @Test func `an invoice whose payment failed can be paid later`() async throws {
    let world = try SimulatedWorld()
    let order = try await world.order(msat: 1_000)
    try world.network.inject(.fail(reason: "no luck"), into: "buyer")
    #expect(await world.buyer.pay(order) == .failed(reason: "no luck"))
    guard case .settled = await world.buyer.pay(order) else {
      Issue.record("not settled")
      return
    }
    #expect(try world.network.payments(of: "buyer").map(\.state) == [.failed, .settled])
  }

  @Test func `info says what can be spent`() async throws {
    let world = try SimulatedWorld()
    #expect(
      try await world.buyer.info()
        == WalletInfo(kind: "simulated", name: "buyer", balance: try amount(1_000_000)))
  }

  @Test func `a node may do everything, while it is there`() async throws {
    let world = try SimulatedWorld()
    let powers = try await world.buyer.powers()
    #expect(powers.allowed == Set(WalletPowers.Power.allCases))
    #expect(powers.refused.isEmpty && powers.excess.isEmpty)
  }
}
