internal import Foundation
internal import PurserAPI
internal import PurserClient

/// Which wallets pay and are paid.
enum WalletChoice {
  /// Two nodes of a simulated Lightning network in one file.
  case simulated
  /// Two wallets of an LNbits server.
  case lnbits(url: String, buyerKeyFile: String, sellerKeyFile: String)
}

/// Something that did not go as it should.
struct DemoFailure: Error, CustomStringConvertible {
  let description: String
}

/// The scratch directory with the two programs that run in it.
final class Stage {
  let directory: URL
  private let wallets: WalletChoice
  private let logLevel: String
  private let removesDirectory: Bool
  private var paywall: Program?
  private var daemon: Program?
  /// Where the paywall listens.
  private(set) var origin = ""

  init(directory: String?, wallets: WalletChoice, logLevel: String) throws {
    self.wallets = wallets
    self.logLevel = logLevel
    removesDirectory = directory == nil
    // Short, because a socket path has at most 107 bytes.
    self.directory =
      directory.map { URL(filePath: $0) }
      ?? URL(filePath: "/tmp/purser-demo-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(
      at: self.directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
  }

  /// Makes an installation, starts the paywall, writes a policy that names it, and starts the
  /// daemon.
  func open() async throws {
    let initialized = try Program(
      "purser", ["init", "--dir", path("purser")] + daemonWallet, log: path("init.log"))
    guard initialized.waitForExit() == 0 else {
      throw DemoFailure(description: "purser init failed; see \(path("init.log"))")
    }
    let portFile = path("paywall.port")
    paywall = try Program(
      "paywall",
      ["--port", "0", "--port-file", portFile, "--access-log", accessLog]
        + ["--root-key-file", path("paywall-root.key")] + paywallWallet,
      log: path("paywall.log"))
    let port = try await waitFor("the paywall to listen") {
      (try? String(contentsOfFile: portFile, encoding: .utf8))
        .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        .flatMap { $0.isEmpty ? nil : $0 }
    }
    origin = "http://127.0.0.1:\(port)"
    try policy.write(toFile: path("purser/policy.yaml"), atomically: true, encoding: .utf8)
    try startDaemon()
    _ = try await waitFor("purserd to answer") {
      try? PurserConnection(path: self.operatorSocket).call(SystemInfo.self, NoParameters())
    }
  }

  private func startDaemon() throws {
    let file = path("purser/config.yaml")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try text.replacing(/log_level: [a-z]+/, with: "log_level: \(logLevel)")
      .write(toFile: file, atomically: true, encoding: .utf8)
    daemon = try Program("purserd", ["--config", file], log: path("purserd.log"))
  }

  /// Stops both programs as an operator would, and checks that they stop cleanly.
  func close() async throws {
    for (name, program) in [("purserd", daemon), ("paywall", paywall)] {
      guard let program else { continue }
      program.terminate()
      let status = program.waitForExit()
      guard status == 0 else {
        throw DemoFailure(description: "\(name) ended with status \(status)")
      }
    }
    if removesDirectory { try FileManager.default.removeItem(at: directory) }
  }

  /// Stops whatever runs after a failure; the scratch directory stays for a look.
  func abandon() {
    daemon?.kill()
    paywall?.kill()
    print("\nThe scratch directory is kept: \(directory.path())")
  }

  /// The end of the daemon's log.
  var lastWords: String {
    let text = (try? String(contentsOfFile: path("purserd.log"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(15).joined(separator: "\n")
  }

  var agentSocket: String { path("purser/run/agents/purser.sock") }
  var operatorSocket: String { path("purser/run/operators/operator.sock") }
  var accessLog: String { path("paywall-access.jsonl") }
  var networkFile: String { path("purser/data/simulated-network.db") }

  func path(_ name: String) -> String { directory.appending(path: name).path() }

  private var paywallWallet: [String] {
    switch wallets {
    case .simulated: ["--simulated-store", networkFile, "--node", "seller"]
    case .lnbits(let url, _, let key): ["--lnbits-url", url, "--lnbits-key-file", key]
    }
  }

  private var daemonWallet: [String] {
    switch wallets {
    case .simulated: ["--wallet", "simulated"]
    case .lnbits(let url, let key, _):
      // LNbits' FakeWallet makes invoices for the main network.
      [
        "--wallet", "lnbits", "--network", "bitcoin", "--lnbits-url", url,
        "--lnbits-admin-key-file", key,
      ]
    }
  }

  /// Two services of the paywall, each with its own ceiling.
  private var policy: String {
    """
    version: 1
    services:
      market-data:
        origins: ["\(origin)"]
        challenge_path: /market-data/prices
        capabilities: [prices]
        price_ceiling: 60sat
        fee_limit: 5sat
        credential_lifetime: 10m
      news:
        origins: ["\(origin)"]
        challenge_path: /news/latest
        price_ceiling: 60sat
        fee_limit: 5sat
        credential_lifetime: 10m

    """
  }
}

/// Asks until there is an answer; gives up after half a minute.
func waitFor<Value>(_ what: String, _ ask: () async throws -> Value?) async throws -> Value {
  let deadline = ContinuousClock.now.advanced(by: .seconds(30))
  while ContinuousClock.now < deadline {
    if let value = try await ask() { return value }
    try await Task.sleep(for: .milliseconds(25))
  }
  throw DemoFailure(description: "waited 30 s for \(what)")
}
