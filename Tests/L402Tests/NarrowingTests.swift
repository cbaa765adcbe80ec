import L402
import Macaroons
import Testing

@Suite struct NarrowingTests {
  static func added(
    to caveats: [String], _ narrowing: L402Narrowing
  ) throws -> [String] {
    let copy = try Sample.macaroon(caveats).narrowed(to: narrowing)
    _ = try copy.verifySignature(rootKey: Sample.rootKey)
    let texts = copy.caveats.map { String(decoding: $0.condition, as: UTF8.self) }
    #expect(Array(texts.prefix(caveats.count)) == caveats)
    return Array(texts.dropFirst(caveats.count))
  }

  @Test func `an open token gets all three caveats`() throws {
    let narrowing = L402Narrowing(service: "a", capabilities: ["x", "y"], validUntilSeconds: 9)
    #expect(
      try Self.added(to: [], narrowing)
        == ["services=a:0", "a_capabilities=x,y", "a_valid_until=9"])
  }

  @Test func `the tier of the token is kept`() throws {
    #expect(
      try Self.added(to: ["services=a:0,b:2"], L402Narrowing(service: "b")) == ["services=b:2"])
  }

  @Test func `a token that is as tight already comes back as it is`() throws {
    let root = ["services=a:1", "a_capabilities=x,y", "a_valid_until=9"]
    for narrowing in [
      L402Narrowing(service: "a"),
      L402Narrowing(service: "a", capabilities: ["y", "x"], validUntilSeconds: 9),
      L402Narrowing(service: "a", validUntilSeconds: 10),
    ] {
      #expect(try Self.added(to: root, narrowing).isEmpty)
    }
    #expect(
      try Self.added(to: root, L402Narrowing(service: "a", capabilities: ["y"]))
        == ["a_capabilities=y"])
  }

  @Test func `a request that would widen is refused`() throws {
    let macaroon = try Sample.macaroon(["services=a:1", "a_capabilities=x"])
    #expect(throws: L402Error.serviceNotAllowed("b")) {
      try macaroon.narrowed(to: L402Narrowing(service: "b"))
    }
    #expect(throws: L402Error.serviceNotAllowed("b")) {
      try macaroon.narrowed(to: L402Narrowing(service: "b", namesService: false))
    }
    #expect(throws: L402Error.capabilityNotAllowed("y")) {
      try macaroon.narrowed(to: L402Narrowing(service: "a", capabilities: ["x", "y"]))
    }
  }

  @Test func `a request for nothing, or in names that cannot be written, is refused`() throws {
    let open = try Sample.macaroon([])
    #expect(throws: L402Error.emptyList) {
      try open.narrowed(to: L402Narrowing(service: "a", capabilities: []))
    }
    #expect(throws: L402Error.badName("a,b:0")) {
      try open.narrowed(to: L402Narrowing(service: "a,b:0"))
    }
    #expect(throws: L402Error.badName("x,y")) {
      try open.narrowed(to: L402Narrowing(service: "a", capabilities: ["x,y"]))
    }
  }

  @Test func `no service is named to a seller that refuses such a caveat`() throws {
    let narrowing = L402Narrowing(service: "a", validUntilSeconds: 3, namesService: false)
    #expect(try Self.added(to: [], narrowing) == ["a_valid_until=3"])
    #expect(try Self.added(to: ["services=a:0,b:0"], narrowing) == ["a_valid_until=3"])
  }
}

@Suite struct RestrictionsPropertyTests {
  static let services = ["a", "b", "c"]
  static let capabilities = ["x", "y", "z"]
  static let times = Array(-1...5)

  static func subset(_ names: [String], _ generator: inout SeededGenerator) -> [String] {
    names.filter { _ in Bool.random(using: &generator) }.shuffled(using: &generator)
  }

  static func caveat(_ generator: inout SeededGenerator) -> String {
    let service = services.randomElement(using: &generator) ?? "a"
    switch Int.random(in: 0..<8, using: &generator) {
    case 0...2:
      return "services="
        + subset(services, &generator)
        .map { "\($0):\(Int.random(in: 0...2, using: &generator))" }.joined(separator: ",")
    case 3, 4:
      let list = subset(capabilities, &generator).joined(separator: ",")
      return "\(service)_capabilities=\(list)"
    case 5, 6: return "\(service)_valid_until=\(Int.random(in: 0...4, using: &generator))"
    default:
      return ["services=a", "a_valid_until=x", "note", "a_b=1", "b_capabilities=,x"]
        .randomElement(using: &generator) ?? "note"
    }
  }

  static func chain(_ generator: inout SeededGenerator) -> [String] {
    (0..<Int.random(in: 0...4, using: &generator)).map { _ in caveat(&generator) }
  }

  static func forEachRequest(_ body: (String, String, Int) throws -> Void) rethrows {
    for service in services {
      for capability in capabilities {
        for now in times { try body(service, capability, now) }
      }
    }
  }

  static func serves(_ macaroon: Macaroon, _ service: String, _ capability: String, _ now: Int)
    -> Bool
  {
    do {
      try L402Restrictions(of: macaroon, service: service)
        .check(capability: capability, nowSeconds: Int64(now))
      return true
    } catch {
      return false
    }
  }

  @Test(arguments: UInt64(0)..<40)
  func `a chain allows exactly what a plain evaluation allows`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<25 {
      let caveats = Self.chain(&generator)
      let macaroon = try Sample.macaroon(caveats)
      let plain = PlainSeller(caveats: caveats)
      Self.forEachRequest { service, capability, now in
        #expect(
          Self.serves(macaroon, service, capability, now)
            == plain.serves(service, capability, at: now),
          "\(caveats) \(service) \(capability) \(now)")
      }
    }
  }

  @Test(arguments: UInt64(0)..<40)
  func `a narrowed copy allows what the token and the request both allow, and no more`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<25 {
      let caveats = Self.chain(&generator)
      let macaroon = try Sample.macaroon(caveats)
      let asked = Self.subset(Self.capabilities, &generator)
      let narrowing = L402Narrowing(
        service: Self.services.randomElement(using: &generator) ?? "a",
        capabilities: asked.isEmpty ? nil : asked,
        validUntilSeconds: Bool.random(using: &generator)
          ? Int64.random(in: 0...4, using: &generator) : nil)
      do throws(L402Error) {
        let copy = try macaroon.narrowed(to: narrowing)
        let texts = copy.caveats.map { String(decoding: $0.condition, as: UTF8.self) }
        let before = PlainSeller(caveats: caveats)
        let after = PlainSeller(caveats: texts)
        Self.forEachRequest { service, capability, now in
          let isAsked =
            service == narrowing.service
            && narrowing.capabilities?.contains(capability) != false
            && now < narrowing.validUntilSeconds ?? .max
          #expect(
            after.serves(service, capability, at: now)
              == (isAsked && before.serves(service, capability, at: now)),
            "\(caveats) \(narrowing) \(service) \(capability) \(now)")
        }
      } catch {
        // Refused: then no copy could serve all of the request.
        let plain = PlainSeller(caveats: caveats)
        let servesAll = (narrowing.capabilities ?? ["x"]).allSatisfy {
          plain.serves(narrowing.service, $0, at: -1)
        }
        #expect(!servesAll, "\(caveats) \(narrowing) \(error)")
      }
    }
  }
}
