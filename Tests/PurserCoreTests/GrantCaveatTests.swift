import PurserCore
import Testing

@Suite struct GrantCaveatTests {
  @Test(
    arguments: [
      ("name=caf\u{e9} = team", .name("caf\u{e9} = team")),
      ("spend_msat=0", .spend(.zero)),
      ("spend_msat=9007199254740991", .spend(.max)),
      (
        "spend_msat=5/90s", .spendPer(SpendLimit(LedgerFixture.msat(5), per: .rolling(seconds: 90)))
      ),
      (
        "spend_msat=0/366d",
        .spendPer(SpendLimit(.zero, per: .rolling(seconds: SpendWindow.longestSeconds)))
      ),
      (
        "spend_msat=7/month@America/Argentina/Ushuaia",
        .spendPer(
          SpendLimit(
            LedgerFixture.msat(7), per: .calendar(.month, zone: "America/Argentina/Ushuaia")))
      ),
      ("services=a,b-1,c.d", .services(["a", "b-1", "c.d"])),
      ("services=", .services([])),
      ("market-data_capabilities=read", .capabilities(service: "market-data", ["read"])),
      ("a_capabilities_capabilities=", .capabilities(service: "a_capabilities", [])),
      ("valid_until=1800000000", .validUntil(1_800_000_000)),
      ("depth=0", .depth(0)),
      ("methods=credential.*,spend.reserve", .methods(["credential.*", "spend.reserve"])),
      ("methods=", .methods([])),
      ("calls=60/1m", .calls(CallLimit(60, per: .rolling(seconds: 60)))),
      ("calls=0/day@UTC", .calls(CallLimit(0, per: .calendar(.day, zone: "UTC")))),
      ("approve_above_msat=0", .approveAbove(SpendLimit(.zero))),
      (
        "approve_above_msat=9/1h",
        .approveAbove(SpendLimit(LedgerFixture.msat(9), per: .rolling(seconds: 3600)))
      ),
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
    "valid_until=tomorrow", "depth=-1", "expires=5", "spend_msat=5/", "spend_msat=/1h",
    "spend_msat=5/1", "spend_msat=5/h", "spend_msat=5/0s", "spend_msat=5/01h", "spend_msat=5/-1h",
    "spend_msat=5/367d", "spend_msat=5/31622401s", "spend_msat=5/1w", "spend_msat=5/1H",
    "spend_msat=5/year@UTC", "spend_msat=5/day@", "spend_msat=5/day", "spend_msat=5/@UTC",
    "spend_msat=5/day@a b", "spend_msat=5/1h/2h", "spend_msat=05/1h", "payment_msat=5/1h",
    "calls=5", "calls=/1m", "calls=05/1m", "calls=-1/1m", "calls=9007199254740992/1m", "calls=5/1x",
    "methods=*", "methods=spend", "methods=spend.", "methods=.reserve", "methods=spend.re*",
    "methods=*.reserve", "methods=spend.reserve.x", "methods=Spend.reserve",
    "methods=spend.*,spend.*", "methods=spend.*,", "methods=spend.* ", "methods=spend.**",
    "approve_above_msat=", "approve_above_msat=05", "approve_above_msat=5/",
    "approve_above_msat=5/0s", "approve_above_msat=x",
  ])
  func `a caveat that is not exactly of the grammar is refused`(text: String) {
    #expect(throws: GrantCaveatError.self) { try GrantCaveat(parsing: Array(text.utf8)) }
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
