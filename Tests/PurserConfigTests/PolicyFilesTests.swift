import Glibc
import PurserConfig
import PurserCore
import Testing

@Suite struct PolicyFilesTests {
  private static let first = """
    version: 1
    limits: {grant_lifetime: 1d}
    services:
      a: {origins: [https://a.example], challenge_path: /, price_ceiling: 1sat}
    """
  private static let second = """
    version: 1
    limits: {hold_lifetime: 5m}
    claims:
      boss: {uid: 1, gid: 1, services: [a], spend: 1sat}
    """

  @Test func `the files of a directory are one policy, in the order of their names`() throws {
    let directory = try TemporaryDirectory()
    _ = try directory.file("20-claims.yaml", Self.second)
    _ = try directory.file("10-sellers.yaml", Self.first)
    _ = try directory.file("10-sellers.test.yaml", "not: [a policy")
    _ = try directory.file("notes.txt", "nor this")
    _ = try directory.file(".hidden.yaml", "nor this")
    let reading = try PolicyFile.read(directory.path)
    let policy = reading.edition.policy
    #expect(policy.services.keys.sorted() == ["a"] && policy.claims.keys.sorted() == ["boss"])
    #expect(policy.grantLifetimeSeconds == 86_400 && policy.holdLifetimeSeconds == 300)
    #expect(reading.edition.files.map(\.name) == ["10-sellers.yaml", "20-claims.yaml"])
    #expect(reading.edition.files.allSatisfy { $0.digest.utf8.count == 64 })
    #expect(reading.warnings == [])
  }

  @Test func `a name that is defined in two files is told with both places`() {
    let texts = [
      ("a.yaml", Self.first + "\nclaims:\n  boss: {uid: 1}"), ("b.yaml", Self.second),
      (
        "c.yaml",
        "version: 1\nlimits: {hold_lifetime: 1m}\nservices:\n  A: {origins: [https://b.example], challenge_path: /}"
      ),
    ]
    let said = complaint { () throws(ConfigError) in _ = try PolicyFile.read(texts) }
    #expect(
      said == [
        "b.yaml:4:3: claims.boss: it is defined a second time; the first is at a.yaml:6",
        "c.yaml:2:10: limits.hold_lifetime: it is defined a second time; the first is at b.yaml:2",
        "c.yaml:4:3: services: the id differs from \"a\" only in upper and lower case",
      ])
  }

  @Test func `mistakes of all files are told in the order of files and lines`() {
    let texts = [("b.yaml", "version: 1\nx: 1"), ("a.yaml", "{"), ("c.yaml", "version: 9")]
    let said = complaint { () throws(ConfigError) in _ = try PolicyFile.read(texts) }
    #expect(said.map { $0.prefix(8) } == ["b.yaml:2", "a.yaml:1", "c.yaml:1"])
  }

  @Test func `a directory that others may write, or without a policy, is refused`() throws {
    let directory = try TemporaryDirectory()
    #expect(
      complaint { () throws(ConfigError) in _ = try PolicyFile.read(directory.path) } == [
        "\(directory.path):1:1: the directory holds no file whose name ends in .yaml"
      ])
    _ = try directory.file("a.yaml", Self.first)
    chmod(directory.path, 0o770)
    #expect(
      complaint { () throws(ConfigError) in _ = try PolicyFile.read(directory.path) } == [
        "others may change \(directory.path) (mode 0770); run: chmod go-w \(directory.path)"
      ])
  }

  @Test func `what may not be meant is warned of at its place`() throws {
    let reading = try PolicyFile.read([
      (
        "p.yaml",
        """
        version: 1
        limits: {grant_lifetime: 1d, grant_spend: 5sat/1h, grant_payment: 1sat}
        services:
          a: {origins: [https://a.example], challenge_path: /}
          b:
            origins: [https://a.example]
            challenge_path: /
            price_ceiling: 1sat
            caveats: []
            bare: allow
            bring_challenges: pinned
            charge: per_request
            charge_price: 1sat
        claims:
          boss: {uid: 1, ttl: 2d, payment: 2sat, spend: 6sat/1h}
        """
      )
    ])
    #expect(
      reading.warnings.map { String($0.description.prefix { $0 != ";" && $0 != "," }) } == [
        "p.yaml:4:6: warning: services.a: there is no `price_ceiling`: a purchase may cost "
          + "whatever the grant has left",
        "p.yaml:6:5: warning: services.b: it has the origin and the path of \"a\": a grant for "
          + "one buys what the other sells",
        "p.yaml:10:11: warning: services.b.bare: copies carry no restriction at all",
        "p.yaml:11:23: warning: services.b.bring_challenges: challenges that agents bring are paid "
          + "to `payees` alone",
        "p.yaml:12:13: warning: services.b.charge: no copy is handed out: requests go through the "
          + "gateway",
        "p.yaml:15:15: warning: claims.boss.uid: every process of this user can claim it",
        "p.yaml:15:23: warning: claims.boss.ttl: it states more than `limits.grant_lifetime` allows",
        "p.yaml:15:36: warning: claims.boss.payment: it states more than `limits.grant_payment` "
          + "allows",
        "p.yaml:15:49: warning: claims.boss.spend: it states more than `limits.grant_spend` allows",
      ])
    let unlimited = try PolicyFile.read([("p.yaml", "{version: 1, claims: {a: {gid: 1}}}")])
    #expect(unlimited.warnings.map(\.reason) == [.unlimitedClaim])
  }
}
