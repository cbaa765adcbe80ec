import PurserConfig
import PurserCore
import Testing

@Suite struct PolicyClaimTests {
  typealias Case = PolicyMistakeTests.Case

  /// A claim `a` with `keys`, from line 4 on.
  static func claim(_ keys: String, _ expected: String...) -> Case {
    let lines = keys.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
    return Case(text: "version: 1\nclaims:\n  a:\n\(lines)", expected: expected)
  }

  static let limit =
    "an amount in all such as 500sat, or for a window such as 500sat/1h, 500sat/7d or "
    + "500sat/day@Europe/Paris"

  @Test func `every key of a claim and of the ceilings is read`() throws {
    let policy = try PolicyFile.parse(
      """
      version: 1
      limits:
        grant_spend: [9sat, 5sat/1h]
        grant_payment: 4sat
        valid_until: 2027-01-31T18:30:05Z
      services:
        weather: {origins: [https://a.example], challenge_path: /, capabilities: [x]}
      claims:
        boss:
          uid: 1_001
          gid: 5
          cgroup: /agents.slice/a
          spend: 7sat/day@Europe/Paris
          payment: 3sat
          approve_above: [2sat, 3sat/1d]
          services: [weather]
          capabilities: {weather: [x]}
          methods: [credential.*, spend.reserve]
          calls: 100/1m
          peer: [uid=1001, cgroup=/agents.slice/a/b]
          ttl: 12h
          valid_until: 2027-01-01
          depth: 0
      """, file: "p.yaml")
    #expect(
      policy.ceilings
        == GrantCeilings(
          spend: Msat(9000),
          windows: [SpendLimit(try #require(Msat(5000)), per: .rolling(seconds: 3600))],
          payment: Msat(4000), validUntilSeconds: 1_801_420_205))
    let claim = try #require(policy.claims["boss"])
    #expect(
      claim.claimant
        == Claimant(
          userID: 1001, groupID: 5, controlGroup: ControlGroup(bindingTo: "/agents.slice/a")))
    let limits = claim.limits
    #expect(limits.spend.map(\.text) == ["7000/day@Europe/Paris"])
    #expect(limits.approveAbove.map(\.text) == ["2000", "3000/1d"])
    #expect(limits.payment == Msat(3000) && limits.services == ["weather"])
    #expect(limits.capabilities == ["weather": ["x"]] && limits.depth == 0)
    #expect(limits.methods == ["credential.*", "spend.reserve"])
    #expect(limits.calls == [CallLimit(100, per: .rolling(seconds: 60))])
    #expect(limits.peers.map(\.text) == ["uid=1001", "cgroup=/agents.slice/a/b"])
    #expect(limits.lifetimeSeconds == 43_200 && limits.validUntilSeconds == 1_798_761_600)
  }

  @Test func `the limits of a claim are the caveats of its token`() throws {
    var limits = GrantLimits()
    limits.spend = try [#require(SpendLimit("7")), #require(SpendLimit("5/1h"))]
    limits.payment = Msat(3)
    limits.services = ["b", "a"]
    limits.capabilities = ["a": ["x"]]
    limits.lifetimeSeconds = 10
    limits.validUntilSeconds = 1005
    limits.depth = 2
    limits.methods = ["spend.*", "credential.request"]
    limits.calls = try [#require(CallLimit("9/1m"))]
    limits.approveAbove = try [#require(SpendLimit("2")), #require(SpendLimit("4/1d"))]
    limits.peers = try [#require(PeerBinding("uid=7")), #require(PeerBinding("cgroup=/a"))]
    #expect(
      try limits.caveats(at: Timestamp(seconds: 1000)).map(\.text) == [
        "spend_msat=7", "spend_msat=5/1h", "payment_msat=3", "services=b,a", "a_capabilities=x",
        "valid_until=1005", "depth=2", "methods=spend.*,credential.request", "calls=9/1m",
        "approve_above_msat=2", "approve_above_msat=4/1d", "peer=uid=7", "peer=cgroup=/a",
      ])
  }

  @Test func `a process is a claimant when everything that is set fits`() {
    let group = Claimant(controlGroup: ControlGroup(bindingTo: "/a/b"))
    for (path, isOne) in [
      ("/a/b", true), ("/a/b/c", true), ("/a/bc", false), ("/a", false), ("/", false),
    ] {
      let place = ControlGroup(reported: path)
      #expect(group.includes(userID: 1, groupID: 1, controlGroup: place) == isOne, "\(path)")
    }
    #expect(!group.includes(userID: 1, groupID: 1, controlGroup: nil))
    let both = Claimant(userID: 1, groupID: 2)
    #expect(both.includes(userID: 1, groupID: 2, controlGroup: nil))
    #expect(!both.includes(userID: 1, groupID: 1, controlGroup: nil))
    #expect(!both.includes(userID: 2, groupID: 2, controlGroup: nil))
    #expect(
      !Claimant().includes(userID: 0, groupID: 0, controlGroup: ControlGroup(reported: "/")))
  }

  @Test(arguments: [
    claim(
      "uid: 1\nservice: [x]",
      "5:5: claims.a: unknown key \"service\"; did you mean \"services\"?"),
    claim(
      "spend: 1sat",
      "4:5: claims.a: it does not say who may claim it; give `uid`, `gid` or `cgroup`, better two "
        + "of them"),
    claim(
      "uid: -1",
      "4:10: claims.a.uid: found \"-1\"; expected a whole number from 0 to 4294967294, without "
        + "quotes"),
    claim(
      "uid: 4294967295",
      "4:10: claims.a.uid: found \"4294967295\"; expected a whole number from 0 to 4294967294, "
        + "without quotes"),
    claim(
      "uid: 1\npeer: [uid=2]",
      "5:11: claims.a.peer: no process is both uid=1 and uid=2, so nobody could use the grant"),
    claim(
      "uid: 1\npeer: [cgroup=/a, cgroup=/b]",
      "5:11: claims.a.peer: no process is both cgroup=/a and cgroup=/b, so nobody could use the "
        + "grant"),
    claim(
      "uid: 1\npeer: [pid=1@2@00000000-0000-0000-0000-000000000000]",
      "5:12: claims.a.peer[0]: found \"pid=1@2@00000000-0000-0000-0000-000000000000\"; expected "
        + "uid=NUMBER, gid=NUMBER or cgroup=/PATH"),
    claim(
      "uid: 1\nmethods: ['*']",
      "5:15: claims.a.methods[0]: found \"*\"; expected a method such as credential.request, or a "
        + "group such as credential.*"),
    claim(
      "cgroup: a/b",
      "4:13: claims.a.cgroup: found \"a/b\"; expected a control group such as "
        + "/user.slice/agents.service, without `..` and a / at its end"),
    claim(
      "cgroup: /a/../b",
      "4:13: claims.a.cgroup: found \"/a/../b\"; expected a control group such as "
        + "/user.slice/agents.service, without `..` and a / at its end"),
    claim(
      "uid: 1\nspend: [1sat, 2sat/1h, 3sat/60m]",
      "5:12: claims.a.spend: two limits for the same window (1h)"),
    claim(
      "uid: 1\nspend: [1sat/1h, 1sat/2h, 1sat/3h, 1sat/4h, 1sat/5h]",
      "5:12: claims.a.spend: limits for more than 4 windows"),
    claim("uid: 1\nspend: 1", "5:12: claims.a.spend: found \"1\"; expected \(limit)"),
    claim(
      "uid: 1\nspend: [1sat/1w]", "5:13: claims.a.spend[0]: found \"1sat/1w\"; expected \(limit)"),
    claim(
      "uid: 1\nspend: 1sat/day@Nowhere",
      "5:12: claims.a.spend: found \"1sat/day@Nowhere\"; expected \(limit)"),
    claim(
      "uid: 1\ncalls: 5",
      "5:12: claims.a.calls: found \"5\"; expected a number in a window, such as 100/1m or "
        + "1000/day@Europe/Paris"),
    claim(
      "uid: 1\nmethods: [spend]",
      "5:15: claims.a.methods[0]: found \"spend\"; expected a method such as credential.request, "
        + "or a group such as credential.*"),
    claim(
      "uid: 1\nvalid_until: 2027-02-29",
      "5:18: claims.a.valid_until: found \"2027-02-29\"; expected a day such as 2027-01-31, from "
        + "whose first moment on, or 2027-01-31T18:00:00Z"),
    claim(
      "uid: 1\nservices: [wether]\ncapabilities: {weather: [forcast]}\n",
      "5:15: claims.a.services: the policy has no service \"wether\"",
      "6:19: claims.a.capabilities: the policy has no service \"weather\""),
    claim(
      "uid: 1\ndepth: 33",
      "5:12: claims.a.depth: found \"33\"; expected a whole number from 0 to 32, without quotes"),
    Case(
      "version: 1\nclaims: {A: {uid: 1}, a: {uid: 2}}",
      "2:23: claims: the id differs from \"A\" only in upper and lower case"),
  ])
  func `a mistake in a claim is told with its place`(test: Case) {
    #expect(policyComplaint(test.text) == test.expected)
  }

  @Test func `a claim names services and capabilities that there are`() {
    let text = """
      version: 1
      services:
        weather: {origins: [https://a.example], challenge_path: /, capabilities: [forecast]}
      claims:
        a: {uid: 1, services: [wether], capabilities: {weather: [forcast]}}
      """
    #expect(
      policyComplaint(text) == [
        "5:25: claims.a.services: the policy has no service \"wether\"; did you mean \"weather\"?",
        "5:49: claims.a.capabilities: the policy lists no capability \"forcast\" of \"weather\"; "
          + "did you mean \"forecast\"?",
      ])
  }

  @Test(arguments: [
    Case.service(
      "charge: per_request", "4:13: services.a.charge: `charge` of this kind needs a `charge_price`"
    ),
    .service(
      "charge_price: 1sat",
      "4:19: services.a.charge_price: `charge_price` goes with `charge: shared`, `per_credential` "
        + "or `per_request`"),
    .service("charge: shared\ncharge_price: 1sat"),
    .service(
      "charge: free",
      "4:13: services.a.charge: found \"free\"; expected buyer, shared, per_credential or "
        + "per_request"),
    .service(
      "roots: own", "4:12: services.a.roots: found \"own\"; expected shared or per_grant"),
    .service(
      "bring_challenges: yes",
      "4:23: services.a.bring_challenges: found \"yes\"; expected deny, pinned or approve"),
    .service(
      "seller_capabilities: {x: y}",
      "4:26: services.a.seller_capabilities: the policy lists no capability \"x\" of \"a\""),
  ])
  func `a mistake in how a service is charged and shared is told with its place`(test: Case) {
    #expect(policyComplaint(test.text) == test.expected)
  }

  @Test func `how a service is charged and shared is read`() throws {
    let policy = try PolicyFile.parse(
      """
      version: 1
      services:
        a:
          origins: [https://a.example]
          challenge_path: /
          capabilities: [x, y]
          seller_capabilities: {x: read}
          approve_above: 5sat
          charge: per_credential
          charge_price: 2sat
          roots: per_grant
          bring_challenges: approve
      """, file: "p.yaml")
    let service = try #require(policy.services["a"])
    #expect(service.sellerCapability("x") == "read" && service.sellerCapability("y") == "y")
    #expect(service.approveAbove == Msat(5000) && service.roots == .perGrant)
    #expect(service.charge == .perCredential(try #require(Msat(2000))))
    #expect(service.bringChallenges == .approve)
  }
}
