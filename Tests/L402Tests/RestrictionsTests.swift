import L402
import Macaroons
import Testing

@Suite struct RestrictionsTests {
  @Test func `the last caveat of each condition decides and others are skipped`() throws {
    let macaroon = try Sample.macaroon([
      "services=data:0,maps:1", "note", "data_capabilities=read,write,read", "other=services=x",
      "data_valid_until=200", "maps_valid_until=x", "services=data:3", "data_capabilities=read",
      "data_valid_until=200", "Services=y",
    ])
    let restrictions = try L402Restrictions(of: macaroon, service: "data")
    #expect(restrictions.services == [L402Service(name: "data", tier: 3)])
    #expect(restrictions.capabilities == ["read"])
    #expect(restrictions.validUntilSeconds == 200)
    try restrictions.check(capability: "read", nowSeconds: 199)
    try restrictions.check(nowSeconds: -5)
    #expect(throws: L402Error.expired(validUntilSeconds: 200)) {
      try restrictions.check(capability: "read", nowSeconds: 200)
    }
    #expect(throws: L402Error.capabilityNotAllowed("write")) {
      try restrictions.check(capability: "write", nowSeconds: 0)
    }
  }

  @Test func `a token without caveats allows everything`() throws {
    let restrictions = try L402Restrictions(of: try Sample.macaroon([]), service: "data")
    #expect(restrictions.services == nil)
    #expect(restrictions.capabilities == nil)
    #expect(restrictions.validUntilSeconds == nil)
    try restrictions.check(capability: "any", nowSeconds: .max)
  }

  @Test func `a service that the token does not name is refused`() throws {
    let macaroon = try Sample.macaroon(["services=data:0"])
    for service in ["maps", "dat", "data:0", "Data", ""] {
      let restrictions = try L402Restrictions(of: macaroon, service: service)
      #expect(throws: L402Error.serviceNotAllowed(service)) {
        try restrictions.check(nowSeconds: 0)
      }
    }
  }

  @Test(arguments: [
    ("services=a:0", "services=b:0", "services"),
    ("services=data:0", "services=data:0,b:0", "services"),
    ("data_capabilities=x", "data_capabilities=x,y", "data_capabilities"),
    ("data_capabilities=x", "data_capabilities=", "data_capabilities"),
    ("data_valid_until=5", "data_valid_until=6", "data_valid_until"),
  ])
  func `a caveat that widens the one before it refuses the token`(
    first: String, second: String, condition: String
  ) throws {
    let macaroon = try Sample.macaroon([first, second])
    #expect(throws: L402Error.wideningCaveat(condition: condition)) {
      try L402Restrictions(of: macaroon, service: "data")
    }
  }

  @Test(arguments: [
    "services=", "services=data", "services=data:", "services=:0", "services=data:0:1",
    "services=data:0,", "services=data: 0", "services=data:x", "services=data:1_0",
    "services=data:99999999999999999999", "data_valid_until=", "data_valid_until=soon",
    "data_valid_until= 5", "data_valid_until=5.0", "data_valid_until=0x5",
    "data_valid_until=9223372036854775808",
  ])
  func `a malformed value refuses the token`(caveat: String) throws {
    let macaroon = try Sample.macaroon([caveat])
    let condition = String(caveat.prefix { $0 != "=" })
    #expect(throws: L402Error.malformedCaveat(condition: condition)) {
      try L402Restrictions(of: macaroon, service: "data")
    }
  }

  @Test func `names are compared byte by byte`() throws {
    let composed = "caf\u{e9}"
    let decomposed = "cafe\u{301}"
    #expect(composed == decomposed)
    let macaroon = try Sample.macaroon(["services=\(composed):0", "x_capabilities=\(composed)"])
    try L402Restrictions(of: macaroon, service: composed).check(nowSeconds: 0)
    #expect(throws: L402Error.serviceNotAllowed(decomposed)) {
      try L402Restrictions(of: macaroon, service: decomposed).check(nowSeconds: 0)
    }
    let narrowing = L402Narrowing(service: decomposed)
    #expect(throws: L402Error.serviceNotAllowed(decomposed)) {
      try macaroon.narrowed(to: narrowing)
    }
    let invalid = try Sample.macaroon([]).attenuated(
      with: Array("data_capabilities=".utf8) + [0xff])
    #expect(throws: L402Error.malformedCaveat(condition: "data_capabilities")) {
      try L402Restrictions(of: invalid, service: "data")
    }
  }

  @Test func `caveats are written as the reference seller writes them`() throws {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    let services = [
      L402Service(name: "lightning_loop"), L402Service(name: "pool", tier: 2),
    ]
    #expect(text(try L402Caveats.services(services)) == "services=lightning_loop:0,pool:2")
    #expect(
      text(try L402Caveats.capabilities(["loop_out", "loop_in"], of: "lightning_loop"))
        == "lightning_loop_capabilities=loop_out,loop_in")
    #expect(text(try L402Caveats.validUntil(1_700_000_000, for: "a")) == "a_valid_until=1700000000")
  }

  @Test(arguments: ["", "a,b", "a:b", "a=b", "a\nb", "a\u{7f}", "\u{0}"])
  func `a name that the grammar cannot hold is not written`(name: String) {
    #expect(throws: L402Error.badName(name)) {
      try L402Caveats.services([L402Service(name: name)])
    }
    #expect(throws: L402Error.badName(name)) { try L402Caveats.validUntil(1, for: name) }
    #expect(throws: L402Error.badName(name)) { try L402Caveats.capabilities(["x"], of: name) }
  }

  @Test func `a capability may hold all but a comma and control characters`() throws {
    let caveat = try L402Caveats.capabilities(["GET:/a=b", "x y"], of: "data")
    let macaroon = try Sample.macaroon([]).attenuated(with: caveat)
    #expect(
      try L402Restrictions(of: macaroon, service: "data").capabilities == ["GET:/a=b", "x y"])
    for name in ["", "a,b", "a\rb"] {
      #expect(throws: L402Error.badName(name)) {
        try L402Caveats.capabilities([name], of: "data")
      }
    }
    #expect(throws: L402Error.emptyList) { try L402Caveats.capabilities([], of: "data") }
    #expect(throws: L402Error.emptyList) { try L402Caveats.services([]) }
  }
}
