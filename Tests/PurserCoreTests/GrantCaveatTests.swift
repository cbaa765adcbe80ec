import PurserCore
import Testing

@Suite struct GrantCaveatTests {
  @Test(
    arguments: [
      ("name=caf\u{e9} = team", .name("caf\u{e9} = team")),
      ("spend_msat=0", .spend(.zero)),
      ("spend_msat=9007199254740991", .spend(.max)),
      ("services=a,b-1,c.d", .services(["a", "b-1", "c.d"])),
      ("services=", .services([])),
      ("market-data_capabilities=read", .capabilities(service: "market-data", ["read"])),
      ("a_capabilities_capabilities=", .capabilities(service: "a_capabilities", [])),
      ("valid_until=1800000000", .validUntil(1_800_000_000)),
      ("depth=0", .depth(0)),
    ] as [(String, GrantCaveat)])
  func `a caveat reads back as it is written`(text: String, caveat: GrantCaveat) throws {
    #expect(try GrantCaveat(parsing: Array(text.utf8)) == caveat)
    #expect(caveat.text == text)
  }

  @Test(arguments: [
    "", "spend_msat", "=5", "spend_msat=", "spend_msat=05", "spend_msat=+5", "spend_msat=-1",
    "spend_msat= 5", "spend_msat=5 ", "spend_msat=5\n", "spend_msat=1e3", "spend_msat=0x10",
    "spend_msat=9007199254740992", "spend_msat=99999999999999999999", "spend_msat=\u{661}",
    "Spend_msat=5", "spend_msat =5", "sp\u{435}nd_msat=5", "name=", "services=a,a", "services=a,",
    "services=,a", "services=a b", "services=-a", "grant=", "grant=00",
    "grant=000102030405060708090A0B0C0D0E0F", "_capabilities=a", "x y_capabilities=a",
    "valid_until=tomorrow", "depth=-1", "expires=5",
  ])
  func `a caveat that is not exactly of the grammar is refused`(text: String) {
    #expect(throws: GrantCaveatError.self) { try GrantCaveat(parsing: Array(text.utf8)) }
  }

  @Test(arguments: [
    "spend_msat=100/1h", "spend_msat=100/day@Europe/Paris", "calls=5/1m", "peer=uid=1001",
    "methods=spend.*", "approve_above_msat=10",
  ])
  func `a caveat that is defined but not enforced yet refuses, and says so`(text: String) {
    let error = #expect(throws: GrantCaveatError.self) {
      try GrantCaveat(parsing: Array(text.utf8))
    }
    guard case .notEnforced = error else {
      Issue.record("\(text) gave \(String(describing: error))")
      return
    }
  }

  @Test func `a name is at most 64 bytes of UTF-8`() throws {
    let longest = String(repeating: "\u{e9}", count: 32)
    #expect(try GrantCaveat(parsing: Array("name=\(longest)".utf8)) == .name(longest))
    #expect(throws: GrantCaveatError.self) {
      try GrantCaveat(parsing: Array("name=\(longest)x".utf8))
    }
    #expect(throws: GrantCaveatError.self) {
      try GrantCaveat(parsing: Array("name=".utf8) + [0xff, 0xfe])
    }
  }
}
