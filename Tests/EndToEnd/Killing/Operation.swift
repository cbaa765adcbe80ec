import LibCrypto
import PurserAPI
import PurserCore
import PurserWallet

/// One thing that a worker asks for under one idempotency key.
enum Operation: Sendable {
  case reserve(Msat)
  /// The same without an idempotency key: it is asked for once, and no other hold of the worker has
  /// its amount.
  case reserveOnce(Msat)
  case settle(HoldID, Msat, of: Msat)
  case release(HoldID, of: Msat)
  /// A challenge that the worker brings.
  case pay(MintedChallenge)
  /// A service that nobody bought before: the daemon asks the paywall.
  case request(service: String)
}

/// What is told when it was done; the same again when it is repeated.
enum Answer: Sendable, Equatable {
  case reserved(SpendReserve.Reply)
  case ended(HoldEnded)
  case bought(CredentialReply)
}

/// An operation that was acknowledged.
struct Acknowledged: Sendable {
  let key: String
  let operation: Operation
  let answer: Answer
}

extension Operation {
  /// Asks once.
  func ask(_ agent: Agent, key: String) throws -> Answer {
    switch self {
    case .reserve(let amount):
      .reserved(
        try agent.call(
          SpendReserve.self, .init(amountMsat: amount, ttlSeconds: 3600), key: key))
    case .reserveOnce(let amount):
      .reserved(
        try agent.call(SpendReserve.self, .init(amountMsat: amount, ttlSeconds: 3600)))
    case .settle(let hold, let amount, _):
      .ended(try agent.call(SpendSettle.self, .init(hold: hold, amountMsat: amount), key: key))
    case .release(let hold, _):
      .ended(try agent.call(SpendRelease.self, .init(hold: hold), key: key))
    case .pay(let challenge):
      .bought(try agent.call(ChallengePay.self, challenge.parameters, key: key))
    case .request(let service):
      .bought(try agent.call(CredentialRequest.self, .init(service: service), key: key))
    }
  }

  /// Whether it moves real money.
  var isPurchase: Bool {
    switch self {
    case .pay, .request: true
    case .reserve, .reserveOnce, .settle, .release: false
    }
  }

  /// Whether it can be asked for again without being done again.
  var isRepeatable: Bool { if case .reserveOnce = self { false } else { true } }

  /// Ends the test if the answer is not one to this operation.
  func check(_ answer: Answer, prices: Prices) throws {
    switch (self, answer) {
    case (.reserve(let amount), .reserved(let reply)),
      (.reserveOnce(let amount), .reserved(let reply)):
      try EndToEndTests.check(reply.amountMsat == amount, "reserved \(reply.amountMsat)")
    case (.settle(let hold, let amount, let held), .ended(let reply)):
      try EndToEndTests.check(
        reply.hold == hold && reply.settledMsat == amount
          && reply.releasedMsat == held.subtracting(amount), "settled: \(reply)")
    case (.release(let hold, let held), .ended(let reply)):
      try EndToEndTests.check(
        reply.hold == hold && reply.settledMsat == .zero && reply.releasedMsat == held,
        "released: \(reply)")
    case (.pay(let challenge), .bought(let reply)):
      let hash = SHA256.hash(try require(Hex.decode(reply.preimage), "a preimage"))
      try EndToEndTests.check(hash == challenge.paymentHash, "a preimage of another invoice")
      try EndToEndTests.check(
        reply.costMsat.value == prices.cost(of: self), "it cost \(reply.costMsat)")
    case (.request(let service), .bought(let reply)):
      try EndToEndTests.check(
        reply.service == service && reply.costMsat.value == prices.cost(of: self),
        "a copy for \(reply.service) that cost \(reply.costMsat)")
    default: throw Failure("an answer to something else: \(answer)")
    }
  }
}

/// What purchases cost, and what is set aside for them.
struct Prices: Sendable {
  let behavior: SimulatedBehavior
  /// What the paywall asks.
  let requestPrice: UInt64
  let feeLimit: UInt64

  private func price(of operation: Operation) -> UInt64 {
    switch operation {
    case .pay(let challenge): challenge.price.value
    case .request: requestPrice
    case .reserve, .reserveOnce, .settle, .release: 0
    }
  }

  /// What it costs, routing included.
  func cost(of operation: Operation) -> UInt64 {
    let price = Msat(price(of: operation)) ?? .max
    return price.value + (behavior.fee(for: price)?.value ?? 0)
  }

  /// What is held until the outcome is known.
  func hold(of operation: Operation) -> UInt64 { price(of: operation) + feeLimit }
}
