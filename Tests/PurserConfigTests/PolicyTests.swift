import FoundationEssentials
import PurserConfig
import PurserCore
import Testing

@Suite struct PolicyTests {
  @Test func `how sure one must be of a process is strong unless the policy says weak`() throws {
    let start = "version: 1\nservices: {}\n"
    #expect(try PolicyFile.parse(start, file: "p").peerCheck == .strong)
    for check in PeerCheck.allCases {
      let text = start + "limits: {peer_check: \(check.rawValue)}\n"
      #expect(try PolicyFile.parse(text, file: "p").peerCheck == check)
    }
    #expect(throws: ConfigError.self) {
      try PolicyFile.parse(start + "limits: {peer_check: none}", file: "p")
    }
  }

  /// Another value than the default for each key of `limits`.
  private static let otherLimits = [
    "descendants": "7", "grant_lifetime": "7d", "grant_payment": "7sat", "grant_spend": "7sat",
    "hold_lifetime": "7m", "idempotency_lifetime": "7m", "peer_check": "weak",
    "stuck_after": "7m", "valid_until": "2027-01-07",
  ]

  @Test func `a change of any limit is named`() throws {
    let schema = try JSONDecoder().decode(
      CanonicalJSON.self, from: Data(PolicySchema.policy.utf8))
    var found = schema
    for member in ["properties", "limits", "properties"] {
      guard case .object(let members) = found else { continue }
      found = try #require(members[member])
    }
    guard case .object(let keys) = found else {
      Issue.record("the schema has no limits")
      return
    }
    #expect(Set(keys.keys) == Set(Self.otherLimits.keys))
    for (key, value) in Self.otherLimits {
      let other = try PolicyFile.parse(
        "{version: 1, limits: {\(key): \(value)}}", file: "p.yaml")
      #expect(Policy().changes(to: other).map(\.text) == ["changed limits.\(key)"])
    }
  }

  @Test func `every key of a service is read`() throws {
    let key = "02" + String(repeating: "ab", count: 32)
    let policy = try PolicyFile.parse(
      """
      version: 1
      limits: {grant_lifetime: 7d, hold_lifetime: 1h30m, descendants: 1_000}
      services:
        weather:
          origins: [https://Weather.Example.com:443, "http://127.0.0.1:8402"]
          challenge_path: /data?days=1&units=si
          seller_name: weather-api
          capabilities: [forecast, history]
          payees: [\(key)]
          price_ceiling: 0.000001btc
          fee_limit: 0sat
          caveats: [services, valid_until]
          hash_binding: none
          bare: allow
          credential_lifetime: 45s
      """, file: "p.yaml")
    let service = Service(
      id: "weather", origins: ["https://weather.example.com", "http://127.0.0.1:8402"],
      challengePath: "/data?days=1&units=si", sellerName: "weather-api",
      capabilities: ["forecast", "history"], payees: [[2] + [UInt8](repeating: 0xab, count: 32)],
      priceCeiling: Msat(100_000), feeLimit: .zero, caveats: [.services, .validUntil],
      hashBinding: .none, bare: .allow, credentialLifetimeSeconds: 45)
    #expect(
      policy
        == Policy(
          services: ["weather": service], grantLifetimeSeconds: 604_800, holdLifetimeSeconds: 5400,
          descendants: 1000))
  }

  @Test func `what is left out has the defaults of the core`() throws {
    #expect(try PolicyFile.parse("version: 1", file: "p.yaml") == Policy())
    let policy = try PolicyFile.parse(
      """
      version: 1
      services:
        "no": {origins: [https://a.example], challenge_path: /}
      """, file: "p.yaml")
    let service = Service(id: "no", origins: ["https://a.example"], challengePath: "/")
    #expect(policy == Policy(services: ["no": service]))
  }

  @Test(arguments: [
    "https://a.example", "https://a.example:8443", "https://10.0.0.1", "https://[2001:db8::1]:8443",
    "http://localhost", "http://paywall.localhost:8402", "http://127.1.2.3:1", "http://[::1]:65535",
  ])
  func `an origin is scheme, host and port`(origin: String) {
    #expect(policyComplaint(service("origins: ['\(origin)']")) == [])
  }

  @Test(arguments: [
    "weather.example", "ftp://a.example", "https://", "https://a.example/", "https://a.example/v1",
    "https://a.example?x", "https://a.example#x", "https://me@a.example", "https://a..example",
    "https://-a.example", "https://a_b.example", "https://a.example:", "https://a.example:0",
    "https://a.example:65536", "https://a.example:080", "https://a.example:+80",
    "https://[::1", "https://[::1]x", "https://[::g]", "https://[fe80::1%eth0]", "https://::1",
    "http://a.example", "http://10.0.0.1", "http://localhost.example", "http://[::2]",
    "http://127.0.0.1.example", "http://127.1", "http://2130706433", "https://0x7f.0.0.0x1",
    "http://127.0.0.256", "http://0127.0.0.1", "https://a b.example", "https://é.example",
    "https:/a.example", "HTTPS://a.example", " https://a.example", "",
  ])
  func `nothing else is an origin`(origin: String) {
    #expect(
      policyComplaint(service("origins: ['\(origin)']")) == [
        "4:15: services.a.origins[0]: found \"\(origin)\"; expected https://HOST or "
          + "https://HOST:PORT with nothing after it (http:// only for localhost, 127.0.0.1 and "
          + "[::1])"
      ])
  }

  @Test(arguments: [
    "data", "/a/../b", "/..", "/%2E%2e/x", "/a/%2e/b", "//evil.example", "/a//b", "/a b", "/a#b",
    "/a\\b", "/é", "",
  ])
  func `a challenge path stays on the origin`(path: String) {
    let text = """
      version: 1
      services:
        a: {origins: [https://a.example], challenge_path: '\(path)'}
      """
    #expect(
      policyComplaint(text) == [
        "3:53: services.a.challenge_path: found \"\(path)\"; expected a path on the server such "
          + "as /data, without spaces, `..`, `//` and #"
      ])
  }

  @Test(arguments: [
    ("1s", 1), ("90m", 5400), ("1d1h1m1s", 90_061), ("3650d", 315_360_000), ("24h", 86_400),
  ])
  func `a duration is whole numbers with units`(text: String, seconds: UInt64) throws {
    #expect(DurationText.seconds(text) == seconds)
    #expect(DurationText.seconds(DurationText.text(seconds: seconds)) == seconds)
    let policy = try PolicyFile.parse(
      "{version: 1, limits: {grant_lifetime: \(text)}}", file: "p.yaml")
    #expect(policy.grantLifetimeSeconds == seconds)
  }

  @Test(arguments: [
    "", "0s", "10", "m", "1m1h", "1m1m", "1.5h", "-1h", "+1h", " 1h", "1h ", "1 h", "1w", "1H",
    "3651d", "9999999999d", "1h٣m", "99999999999999999999s",
  ])
  func `nothing else is a duration`(text: String) {
    #expect(DurationText.seconds(text) == nil)
  }

  private func service(_ keys: String) -> String {
    """
    version: 1
    services:
      a:
        \(keys)
        challenge_path: /
    """
  }
}
