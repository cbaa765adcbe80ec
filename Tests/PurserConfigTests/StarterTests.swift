import FoundationEssentials
import L402
import PurserConfig
import PurserCore
import Testing

@Suite struct StarterTests {
  /// The folder that people copy their first policy from.
  private static let policies =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }
    .joined() + "/policies"

  private func text(of policy: String) throws -> String {
    try String(contentsOfFile: "\(Self.policies)/\(policy)", encoding: .utf8)
  }

  @Test func `the policy for a developer allows the paywall on this machine and no more`() throws {
    let policy = try PolicyFile.parse(text(of: "developer.yaml"), file: "developer.yaml")
    var paywall = Service(
      id: "news", origins: ["http://127.0.0.1:8402"], challengePath: "/news/latest",
      priceCeiling: Msat(100_000), credentialLifetimeSeconds: 300)
    paywall.bringChallenges = .deny
    let ceilings = GrantCeilings(
      spend: Msat(5_000_000),
      windows: [SpendLimit(try #require(Msat(1_000_000)), per: .rolling(seconds: 3600))])
    #expect(
      policy
        == Policy(
          services: ["news": paywall], ceilings: ceilings, grantLifetimeSeconds: 86_400,
          holdLifetimeSeconds: 900, descendants: 100))
  }

  @Test func `the policy for a team has a seller of each kind, all with a price ceiling`() throws {
    let policy = try PolicyFile.parse(text(of: "team.yaml"), file: "team.yaml")
    #expect(policy.services.keys.sorted() == ["archive", "search", "weather"])
    #expect(policy.services.values.allSatisfy { $0.priceCeiling != nil })
    #expect(policy.services["weather"]?.payees.count == 1)
    #expect(policy.services["search"]?.caveats == [.services, .validUntil])
    #expect(policy.services["archive"]?.hashBinding == Service.HashBinding.none)
    #expect(policy.services["archive"]?.bare == .allow)
  }

  @Test func `the policy that init writes allows nothing`() throws {
    #expect(try PolicyFile.parse(Starter.policy, file: "policy.yaml") == Policy())
  }

  @Test func `its example is a policy once the comment signs are gone`() throws {
    let text = Starter.policy.replacing("services: {}", with: "services:")
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("#  ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
    let policy = try PolicyFile.parse(text, file: "policy.yaml")
    #expect(policy.services["weather"]?.capabilities == ["forecast", "history"])
    let withPin = text.replacing("# payees:", with: "payees:")
    let pinned = try PolicyFile.parse(withPin, file: "policy.yaml")
    #expect(pinned.services["weather"]?.payees.first?.count == 33)
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func `what the starter writes reads as what it was given`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let configuration = Self.configuration(&random)
    let text = Starter.configuration(configuration)
    let read = try Configuration.parse(
      text, file: "config.yaml", directory: "/elsewhere", environment: [:])
    #expect(read == configuration, "seed \(seed)")
  }

  private static func configuration(_ random: inout SeededGenerator) -> Configuration {
    let wallet = wallet(&random)
    var configuration = Configuration(
      dataDirectory: path(&random), agentSocket: "/a" + path(&random),
      operatorSocket: "/b" + path(&random), keyFile: path(&random), auditKeyFile: path(&random),
      policyFile: path(&random),
      network: BitcoinNetwork.allCases.randomElement(using: &random) ?? .regtest, wallet: wallet,
      connections: ConnectionLimits(
        ofSocket: .random(in: 1...65_536, using: &random),
        ofProcess: .random(in: 1...65_536, using: &random)),
      logLevel: LogLevel.allCases.randomElement(using: &random) ?? .info,
      checkpointIntervalSeconds: .random(in: 1...100_000, using: &random))
    let access = SocketPermissions(group: "purser-agents", mode: 0o060)
    if Bool.random(using: &random) { configuration.agentAccess = access }
    if Bool.random(using: &random) { configuration.operatorAccess.mode = 0o660 }
    if Bool.random(using: &random) { configuration.operatorUserIDs = [0, 1000] }
    if Bool.random(using: &random) { configuration.separation = .required }
    return configuration
  }

  private static func wallet(_ random: inout SeededGenerator) -> WalletConfiguration {
    let certificate = Bool.random(using: &random) ? path(&random) : nil
    return switch Int.random(in: 0..<7, using: &random) {
    case 0: .simulated(store: path(&random), node: "buyer")
    case 1:
      .lnbits(
        LNbitsConfiguration(
          origin: "https://lnbits.example:8443", adminKeyFile: path(&random),
          invoiceKeyFile: Bool.random(using: &random) ? path(&random) : nil,
          feeReserveMillionths: .random(in: 0...1_000_000, using: &random),
          feeReserveMinimum: Msat(.random(in: 0...100_000, using: &random)) ?? .zero))
    case 2:
      .lnd(
        LNDConfiguration(
          origin: "https://lnd.example:8080", macaroonFile: path(&random),
          certificateFile: certificate))
    case 3: .coreLightning(.socket(path(&random)))
    case 4:
      .coreLightning(
        .rest(
          origin: "https://cln.example:3010", runeFile: path(&random),
          certificateFile: certificate))
    case 5:
      .nwc(
        NWCWalletConfiguration(
          uriFile: path(&random), feeReserveMillionths: .random(in: 0...1_000_000, using: &random),
          feeReserveMinimum: Msat(.random(in: 0...100_000, using: &random)) ?? .zero))
    default:
      .phoenixd(
        PhoenixdConfiguration(origin: "http://127.0.0.1:9740", passwordFile: path(&random)))
    }
  }

  /// An absolute path with the characters that YAML minds.
  private static func path(_ random: inout SeededGenerator) -> String {
    let letters = Array("ab \"'\\#:&*!%@`{}[],?|>-~=.é\u{2028}\u{85}\u{feff}\u{1f600}").filter {
      $0 != "/"
    }
    let names = (0..<3).map { _ in
      "n" + String((0..<4).compactMap { _ in letters.randomElement(using: &random) }) + "n"
    }
    return "/" + names.joined(separator: "/")
  }
}
