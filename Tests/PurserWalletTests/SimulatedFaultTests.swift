import L402
import LibCrypto
import PurserCore
import PurserWallet
import Testing

@Suite struct SimulatedFaultTests {
  @Test func `a timeout after paying is unknown, and the look-up finds it settled`() async throws {
    let world = try SimulatedWorld()
    let order = try await world.order(msat: 1_000)
    try world.network.inject(.timeoutAfterPaying, into: "buyer")
    #expect(await world.buyer.pay(order) == .unknown(reason: "no answer in time"))
    guard
      case .settled(let preimage, _) = try await world.buyer.lookUp(
        paymentHash: order.invoice.paymentHash)
    else {
      Issue.record("not settled")
      return
    }
    #expect(SHA256.hash(preimage) == order.invoice.paymentHash)
  }

  @Test func `an order that got lost is unknown, and nothing was paid`() async throws {
    let world = try SimulatedWorld()
    let order = try await world.order(msat: 1_000)
    try world.network.inject(.timeoutNotPaid, into: "buyer")
    #expect(await world.buyer.pay(order) == .unknown(reason: "no answer in time"))
    #expect(try await world.buyer.lookUp(paymentHash: order.invoice.paymentHash) == .notFound)
    #expect(try world.network.balance(of: "buyer").value == 1_000_000)
  }

  @Test(arguments: [
    (SimulatedFault.pendingThenSettled(milliseconds: 500), UInt64(999_000)),
    (.pendingThenFailed(milliseconds: 500, reason: "a hop went away"), 1_000_000),
  ])
  func `what is pending has left the balance and ends at its time`(
    fault: SimulatedFault, balanceAfter: UInt64
  ) async throws {
    let world = try SimulatedWorld()
    let order = try await world.order(msat: 1_000)
    let hash = order.invoice.paymentHash
    try world.network.inject(fault, into: "buyer")
    #expect(await world.buyer.pay(order) == .unknown(reason: "the payment is on its way"))
    world.clock.advance(milliseconds: 499)
    #expect(try await world.buyer.lookUp(paymentHash: hash) == .pending)
    #expect(try world.network.balance(of: "buyer").value == 999_000)
    #expect(try world.network.balance(of: "seller") == .zero)

    world.clock.advance(milliseconds: 1)
    #expect(try world.network.balance(of: "buyer").value == balanceAfter)
    #expect(try world.total(["buyer", "seller"]) == 1_000_000)
    switch try await world.buyer.lookUp(paymentHash: hash) {
    case .settled(let preimage, _): #expect(SHA256.hash(preimage) == hash)
    case .failed(let reason): #expect(reason == "a hop went away")
    case .pending, .notFound: Issue.record("it has not ended")
    }
  }

  @Test func `faults strike in order, each as often as it was injected`() async throws {
    let world = try SimulatedWorld()
    try world.network.inject(.fail(reason: "one"), into: "buyer", times: 2)
    try world.network.inject(.fail(reason: "two"), into: "buyer")
    var outcomes: [PaymentOutcome] = []
    for _ in 0..<3 { outcomes.append(await world.buyer.pay(try await world.order(msat: 1_000))) }
    #expect(outcomes == ["one", "one", "two"].map { .failed(reason: $0) })
  }

  @Test func `a node that does not answer pays nothing and says nothing`() async throws {
    let world = try SimulatedWorld()
    let order = try await world.order(msat: 1_000)
    try world.network.configure("buyer", SimulatedBehavior(isReachable: false))
    #expect(await world.buyer.pay(order) == .unknown(reason: "no answer"))
    await #expect(throws: WalletError.self) {
      try await world.buyer.lookUp(paymentHash: order.invoice.paymentHash)
    }
    await #expect(throws: WalletError.self) { try await world.buyer.info() }
    #expect(try world.network.payments().isEmpty)
  }

  @Test func `a payment goes on when the process that ordered it is gone`() async throws {
    let world = try SimulatedWorld()
    let order = try await world.order(msat: 1_000)
    try world.network.configure("buyer", SimulatedBehavior(delayMilliseconds: 60_000))
    let buyer = world.buyer
    let payment = Task { await buyer.pay(order) }
    while try world.network.payments().isEmpty { await Task.yield() }
    payment.cancel()
    #expect(await payment.value == .unknown(reason: "the payment is on its way"))

    let later = try world.reopened()
    let wallet = try later.wallet(of: "buyer", openingBalance: try amount(9))
    #expect(try await wallet.lookUp(paymentHash: order.invoice.paymentHash) == .pending)
    world.clock.advance(milliseconds: 60_000)
    guard
      case .settled(let preimage, _) = try await wallet.lookUp(
        paymentHash: order.invoice.paymentHash)
    else {
      Issue.record("not settled")
      return
    }
    #expect(SHA256.hash(preimage) == order.invoice.paymentHash)
    #expect(try later.balance(of: "buyer").value == 999_000)
  }

  @Test func `settings made in one process hold in another`() async throws {
    let world = try SimulatedWorld()
    let behavior = SimulatedBehavior(
      delayMilliseconds: 3, baseFee: try amount(7), feePartsPerMillion: 11, isReachable: true)
    try world.reopened().configure("buyer", behavior)
    try world.reopened().inject(.fail(reason: "from afar"), into: "buyer")
    #expect(try world.network.behavior(of: "buyer") == behavior)
    let order = try await world.order(msat: 1_000, feeLimit: 7)
    #expect(await world.buyer.pay(order) == .failed(reason: "from afar"))
  }
}
