import FoundationEssentials
import L402
import LibCrypto
import LibSQLite
import PurserCore
import PurserWallet
import Testing

@Suite struct SimulatedNetworkTests {
  @Test func `keys and balances survive, and a node is funded once`() throws {
    let world = try SimulatedWorld()
    let key = try world.network.publicKey(of: "buyer")
    let later = try world.reopened()
    _ = try later.wallet(of: "buyer", openingBalance: try amount(5))
    #expect(try later.publicKey(of: "buyer") == key)
    #expect(try later.balance(of: "buyer").value == 1_000_000)
    try later.fund("buyer", with: try amount(5))
    #expect(try world.network.balance(of: "buyer").value == 1_000_005)
  }

  @Test func `the file is readable by its owner alone`() throws {
    let world = try SimulatedWorld()
    for name in ["network.db", "network.db-wal"] {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: world.directory + "/" + name)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test func `a file of another Bitcoin network or of a newer version is refused`() throws {
    let world = try SimulatedWorld()
    let path = world.directory + "/network.db"
    #expect(throws: SimulatedNetworkError.otherNetwork("bcrt")) {
      try SimulatedNetwork(path: path, bitcoinNetwork: .signet)
    }
    try SQLiteConnection(path: path).execute("PRAGMA user_version = 99")
    #expect(throws: SimulatedNetworkError.newerStore) { try SimulatedNetwork(path: path) }
  }

  @Test func `a place where no file can be is refused`() {
    #expect(throws: SimulatedNetworkError.self) {
      try SimulatedNetwork(path: "/nonexistent/network.db")
    }
  }

  @Test func `nodes that do not exist and names that cannot be are refused`() throws {
    let world = try SimulatedWorld()
    #expect(throws: SimulatedNetworkError.unknownNode("nobody")) {
      try world.network.balance(of: "nobody")
    }
    #expect(throws: SimulatedNetworkError.unknownNode("nobody")) {
      try world.network.inject(.timeoutNotPaid, into: "nobody")
    }
    #expect(throws: SimulatedNetworkError.badName) { try world.network.wallet(of: "") }
    #expect(throws: SimulatedNetworkError.amountOutOfRange) {
      try world.network.fund("buyer", with: .max)
    }
  }

  @Test func `several openers at once make one network`() async throws {
    let world = try SimulatedWorld()
    let path = world.directory + "/shared.db"
    let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let network = try SimulatedNetwork(path: path)
          _ = try network.wallet(of: "seller")
          return try network.publicKey(of: "seller")
        }
      }
      return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
    }
    #expect(keys.count == 1)
  }

  @Test func `many payers of one balance, through several openings, never overdraw it`()
    async throws
  {
    let world = try SimulatedWorld()
    try world.network.configure("buyer", SimulatedBehavior(baseFee: try amount(3)))
    var orders: [PaymentOrder] = []
    for _ in 0..<40 { orders.append(try await world.order(msat: 29_997, feeLimit: 3)) }
    let wallets = try (0..<4).map { _ in try world.reopened().wallet(of: "buyer") }
    let outcomes = await withTaskGroup(of: PaymentOutcome.self) { group in
      for (index, order) in orders.enumerated() {
        group.addTask { await wallets[index % 4].pay(order) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let failures = outcomes.filter { $0 == .failed(reason: "insufficient balance") }
    #expect(failures.count == 7)
    #expect(try world.network.balance(of: "buyer").value == 1_000_000 - 33 * 30_000)
    #expect(try world.network.balance(of: "seller").value == 33 * 29_997)
    #expect(try world.total(["buyer", "seller"]) == 1_000_000)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `whatever goes wrong, money is neither made nor lost`(seed: UInt64) async throws {
    let world = try SimulatedWorld()
    var random = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      try world.network.configure(
        "buyer",
        SimulatedBehavior(
          baseFee: try amount(.random(in: 0...500, using: &random)),
          feePartsPerMillion: .random(in: 0...50_000, using: &random)))
      let fault: SimulatedFault? =
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .fail(reason: "no")
        case 1: .timeoutAfterPaying
        case 2: .timeoutNotPaid
        case 3: .pendingThenSettled(milliseconds: .random(in: 0...200, using: &random))
        case 4:
          .pendingThenFailed(milliseconds: .random(in: 0...200, using: &random), reason: "no")
        default: nil
        }
      if let fault { try world.network.inject(fault, into: "buyer") }
      let order = try await world.order(
        msat: .random(in: 1...60_000, using: &random), feeLimit: 2_000)
      if case .settled(let preimage, let fee) = await world.buyer.pay(order) {
        #expect(SHA256.hash(preimage) == order.invoice.paymentHash)
        #expect(fee <= order.feeLimit)
      }
      world.clock.advance(milliseconds: .random(in: 0...100, using: &random))
      #expect(try world.total(["buyer", "seller"]) == 1_000_000)
    }
  }
}

/// SplitMix64: the same seed gives the same run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
