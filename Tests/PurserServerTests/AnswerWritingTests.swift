import PurserAPI
import PurserCore
import PurserTesting
import Testing

/// The writer of answers beside the encoder, byte for byte.
@Suite struct AnswerWritingTests {
  /// An answer as the encoder writes it.
  private struct Answer: Encodable {
    let jsonrpc = "2.0"
    let id: RPCID
    var result: SpendReply?
    var error: RPCError?

    enum CodingKeys: CodingKey { case jsonrpc, id, result, error }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(jsonrpc, forKey: .jsonrpc)
      try container.encode(id, forKey: .id)
      switch result {
      case .reserved(let reply): try container.encode(reply, forKey: .result)
      case .ended(let reply): try container.encode(reply, forKey: .result)
      case nil: try container.encodeIfPresent(error, forKey: .error)
      }
    }
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func `a reply is written as the encoder writes it`() throws {
    for seed in 0..<3000 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let id = Self.id(&random)
      let reply = Self.reply(&random)
      var written: [UInt8] = []
      WireJSON.write(reply, to: id, into: &written)
      let encoded = try WireJSON.encode(Answer(id: id, result: reply))
      #expect(
        written == encoded, "seed \(seed): \(Self.text(written)) is not \(Self.text(encoded))")
    }
  }

  @Test func `an error is written as the encoder writes it`() throws {
    for seed in 0..<3000 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let id = Self.id(&random)
      let error = RPCError(
        RPCErrorReason.allCases.randomElement(using: &random) ?? .storage, Self.string(&random),
        data: Self.members(&random, depth: 3))
      var written: [UInt8] = []
      WireJSON.write(error, to: id, into: &written)
      let encoded = try WireJSON.encode(Answer(id: id, error: error))
      #expect(
        written == encoded, "seed \(seed): \(Self.text(written)) is not \(Self.text(encoded))")
    }
  }

  @Test func `every refusal is written as the encoder writes it`() throws {
    var random = SeededGenerator(seed: 1)
    let node: NodeID = random.id()
    let shortfall = BudgetShortfall(
      node: node, limit: .spend, limitAmount: .max, settled: .max, held: .zero, used: .max,
      asked: .max)
    let inWindow = BudgetShortfall(
      node: node, limit: .window(.calendar(.day, zone: "Europe/Paris")), limitAmount: .zero,
      settled: .zero, held: .zero, used: .zero, asked: .max,
      renewsAt: Timestamp(milliseconds: 1_800_000_000_001))
    let refusals: [Refusal] = [
      .unauthenticated(.noToken), .unauthenticated(.token(.tooDeep)), .budgetExceeded(shortfall),
      .budgetExceeded(inWindow),
      .forbidden(rule: "caveat:services", explanation: "no\n\"é\""), .notFound("x"),
      .conflict("/"), .invalid("\\"), .paymentFailed(reason: "r", moneyMayHaveMoved: true),
      .upstream(""), .overloaded(retryAfterMs: .max), .expired(node), .revoked(node),
      .frozen(node), .storage("\u{1f}"), .paymentPending(hold: random.id(), retryAfterMs: 1),
    ]
    for refusal in refusals {
      for viewer in [nil, node, random.id()] as [NodeID?] {
        let error = RPCError(refusal, viewer: viewer)
        var written: [UInt8] = []
        WireJSON.write(error, to: .number(.min), into: &written)
        #expect(written == (try WireJSON.encode(Answer(id: .number(.min), error: error))))
      }
    }
  }

  @Test func `parameters are written as the encoder writes them`() throws {
    for seed in 0..<1000 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let reserve = SpendReserve.Parameters(
        amountMsat: random.amount(0...Msat.max.value),
        ttlSeconds: random.once(in: 2) ? nil : random.next())
      let settle = SpendSettle.Parameters(
        hold: random.id(), amountMsat: random.amount(0...Msat.max.value))
      let release = SpendRelease.Parameters(hold: random.id())
      let charge = SpendCharge.Parameters(amountMsat: random.amount(0...Msat.max.value))
      let extend = SpendExtend.Parameters(
        hold: random.id(), amountMsat: random.once(in: 2) ? nil : random.amount(0...1_000_000),
        ttlSeconds: random.once(in: 2) ? nil : random.next())
      #expect(WireJSON.parameters(of: .charge(charge)) == (try WireJSON.encode(charge)))
      #expect(WireJSON.parameters(of: .extend(extend)) == (try WireJSON.encode(extend)))
      #expect(WireJSON.parameters(of: .reserve(reserve)) == (try WireJSON.encode(reserve)))
      #expect(WireJSON.parameters(of: .settle(settle)) == (try WireJSON.encode(settle)))
      #expect(WireJSON.parameters(of: .release(release)) == (try WireJSON.encode(release)))
    }
  }

  @Test func `an answer is appended to what is there`() {
    var written = Array("before".utf8)
    WireJSON.write(RPCError.parseError("x"), to: .null, into: &written)
    #expect(Self.text(written).hasPrefix(#"before{"error":{"code":-32700,"#))
  }

  // MARK: Random values

  private static func reply(_ random: inout SeededGenerator) -> SpendReply {
    let amounts = (0..<2).map { _ in
      Msat(Msat.max.value >> UInt64.random(in: 0...53, using: &random)) ?? .zero
    }
    return random.once(in: 2)
      ? .reserved(
        .init(
          hold: random.id(), amountMsat: amounts[0],
          expiresAtMs: random.next() >> UInt64.random(in: 0..<64, using: &random)))
      : .ended(HoldEnded(hold: random.id(), settledMsat: amounts[0], releasedMsat: amounts[1]))
  }

  private static func id(_ random: inout SeededGenerator) -> RPCID {
    switch Int.random(in: 0..<7, using: &random) {
    case 0: .null
    case 1: .number([.min, .max, 0, -1].randomElement(using: &random) ?? 0)
    case 2, 3:
      .number(
        Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random))
    default: .text(string(&random))
    }
  }

  /// Any text: plain, controls, quotes, everything that has an escape somewhere, astral planes.
  private static func string(_ random: inout SeededGenerator) -> String {
    let length = Int.random(in: 0...12, using: &random)
    var text = String.UnicodeScalarView()
    while text.count < length {
      let bound: UInt32 = [0x20, 0x80, 0x3000, 0x11_0000].randomElement(using: &random) ?? 0x80
      let favourite = ["\"", "\\", "/", "\u{7f}", "\u{2028}", "\u{2029}", "\u{feff}", "\u{301}"]
        .randomElement(using: &random)
      if random.once(in: 4), let scalar = favourite?.unicodeScalars.first {
        text.append(scalar)
      } else if let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &random)) {
        text.append(scalar)
      }
    }
    return String(text)
  }

  private static func members(
    _ random: inout SeededGenerator, depth: Int
  ) -> [String: CanonicalJSON] {
    var members: [String: CanonicalJSON] = [:]
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      members[name(&random)] = value(&random, depth: depth)
    }
    return members
  }

  /// A name as the API's are: small letters and underscores.
  private static func name(_ random: inout SeededGenerator) -> String {
    let letters = Array("abz_")
    return String(
      (0..<Int.random(in: 1...5, using: &random)).map { _ in
        letters.randomElement(using: &random) ?? "a"
      })
  }

  private static func value(_ random: inout SeededGenerator, depth: Int) -> CanonicalJSON {
    switch Int.random(in: 0..<(depth > 0 ? 5 : 3), using: &random) {
    case 0: .bool(random.once(in: 2))
    case 1: .integer(Int64.random(in: .min ... .max, using: &random))
    case 2: .string(string(&random))
    case 3:
      .array(
        (0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth: depth - 1) })
    default: .object(members(&random, depth: depth - 1))
    }
  }
}
