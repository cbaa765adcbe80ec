import PurserCore
import PurserTesting

/// A ledger in memory with a tree of three levels, `top` above `middle` above `leaf`, and `other`
/// beside `middle`.
struct LedgerFixture {
  var state = LedgerState(calendar: TestCalendar())
  var records = MemoryRecords()
  var now = Timestamp(seconds: 1_800_000_000)
  var events: [AuditEvent] = []
  let top: GrantChain
  let middle: GrantChain
  let leaf: GrantChain
  let other: GrantChain

  private static let maker = GrantMaker()
  private let tokens: [Level: GrantToken]
  private var random = SeededGenerator(seed: 1)

  /// The nodes that tokens can be made below.
  enum Level { case top, middle, leaf }

  private var topToken: GrantToken { tokens[.top] ?? Self.none() }

  init(
    top topCaveats: [GrantCaveat] = [], middle middleCaveats: [GrantCaveat] = [],
    leaf leafCaveats: [GrantCaveat] = []
  ) {
    guard let id = NodeID(bytes: Self.nonce(1)) else { preconditionFailure("16 bytes are an id") }
    let topToken = Self.maker.top(id, topCaveats)
    let middleToken = Self.maker.child(of: topToken, nonce: Self.nonce(2), middleCaveats)
    let leafToken = Self.maker.child(of: middleToken, nonce: Self.nonce(3), leafCaveats)
    tokens = [.top: topToken, .middle: middleToken, .leaf: leafToken]
    top = Self.maker.chain(topToken)
    middle = Self.maker.chain(middleToken)
    leaf = Self.maker.chain(leafToken)
    other = Self.maker.chain(Self.maker.child(of: topToken, nonce: Self.nonce(4)))
  }

  private static func nonce(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 16) }

  /// A token of a node that was never met.
  mutating func fresh(below level: Level) -> GrantChain {
    guard let token = tokens[level] else { return Self.none() }
    return Self.maker.chain(Self.maker.child(of: token, nonce: random.bytes(16)))
  }

  /// Another token for `top`, with more caveats.
  func narrowed(top caveats: [GrantCaveat]) -> GrantChain {
    guard let token = try? topToken.attenuated(with: caveats) else { return top }
    return Self.maker.chain(token)
  }

  /// Another token for `middle`, with these caveats in the place of its own.
  func narrowed(middle caveats: [GrantCaveat]) -> GrantChain {
    Self.maker.chain(Self.maker.child(of: topToken, nonce: Self.nonce(2), caveats))
  }

  /// Applies a command; the refusal's kind, or nil when it was done.
  @discardableResult
  mutating func refusal(of command: Command, by actor: Actor = .daemon) -> String? {
    do throws(Refusal) {
      _ = try apply(command, by: actor)
      return nil
    } catch { return error.kind }
  }

  @discardableResult
  mutating func apply(
    _ command: Command, by actor: Actor = .daemon, key: IdempotencyClaim? = nil
  ) throws(Refusal) -> Applied {
    let applied = try state.apply(
      LedgerRequest(actor: actor, command: command, idempotency: key), at: now, records: records)
    for change in applied.changes { records.write(change, of: state) }
    if let event = applied.event { events.append(event) }
    return applied
  }

  /// The state as a restart makes it of the rows.
  mutating func restart() { state = records.state(bounds: state.bounds) }

  /// What escrows below the node of `chain` have taken and not spent.
  func escrowed(_ chain: GrantChain) -> UInt64 { state.nodes[chain.node]?.escrowed.value ?? 0 }

  /// Settled and held at the node of `chain`, in millisatoshi.
  func counters(_ chain: GrantChain) -> [UInt64] {
    let node = state.nodes[chain.node]
    return [node?.settled.value ?? 0, node?.held.value ?? 0]
  }

  mutating func advance(seconds: UInt64) { now = now.adding(milliseconds: seconds * 1000) }

  func reserve(_ number: UInt8, _ amount: UInt64, by chain: GrantChain) -> Command {
    .reserve(
      Reservation(
        hold: Self.hold(number), chain: chain, amount: Self.msat(amount),
        expiresAt: now.adding(milliseconds: 60_000)))
  }

  func charge(_ number: UInt8, _ amount: UInt64, by chain: GrantChain) -> Command {
    .charge(Charge(hold: Self.hold(number), chain: chain, amount: Self.msat(amount)))
  }

  /// A charge under one of many holds.
  func charge(hold number: UInt64, _ amount: UInt64, by chain: GrantChain) -> Command {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    guard let hold = HoldID(bytes: [UInt8](repeating: 0xee, count: 8) + bytes) else {
      return Self.none()
    }
    return .charge(Charge(hold: hold, chain: chain, amount: Self.msat(amount)))
  }

  /// To `amount` in all, until so many seconds from now.
  func extend(
    _ number: UInt8, _ amount: UInt64?, until seconds: UInt64? = nil, by chain: GrantChain
  ) -> Command {
    .extend(
      Extent(
        hold: Self.hold(number), chain: chain, amount: amount.map(Self.msat),
        expiresAt: seconds.map { now.adding(milliseconds: $0 * 1000) }))
  }

  /// A change of a limit, by an operator or the holder of `chain`.
  func update(
    _ target: GrantChain, by delta: Int64, _ window: SpendWindow? = nil, chain: GrantChain? = nil
  ) -> Command {
    .updateLimit(LimitUpdate(node: target.node, window: window, delta: delta, chain: chain))
  }

  func settle(_ number: UInt8, _ amount: UInt64) -> Command {
    .settle(hold: Self.hold(number), amount: Self.msat(amount))
  }

  /// A payment over 100 msat with at most 10 for routing.
  func payment(
    _ number: UInt8, by chain: GrantChain, service: String = "data", hash: UInt8? = nil
  ) -> Payment {
    Payment(
      hold: Self.hold(number), node: chain.node,
      paymentHash: [UInt8](repeating: hash ?? number, count: 32), invoice: "lnbcrt1",
      amount: Self.msat(100), feeLimit: Self.msat(10),
      invoiceExpiresAtSeconds: now.seconds + 600,
      purchase: Purchase(service: service, capabilities: [], scope: nil), sealedToken: [1])
  }

  func paid(_ payment: Payment, fee: UInt64) -> PaymentResult {
    .settled(fee: Self.msat(fee), credential(payment))
  }

  func credential(_ payment: Payment) -> Credential {
    Credential(
      id: CredentialID(bytes: payment.hold.bytes) ?? Self.none(), purchase: payment.purchase,
      paymentHash: payment.paymentHash, validUntilSeconds: nil, cost: payment.amount,
      boughtBy: payment.node, sealed: [2], createdAt: now)
  }

  static func hold(_ number: UInt8) -> HoldID {
    HoldID(bytes: [UInt8](repeating: number, count: 16)) ?? none()
  }

  static func msat(_ value: UInt64) -> Msat { Msat(value) ?? .max }

  private static func none<Value>() -> Value { preconditionFailure("16 bytes are an id") }
}
