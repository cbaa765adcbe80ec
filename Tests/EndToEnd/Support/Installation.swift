import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import PurserWallet
import Synchronization

/// A whole installation in a scratch directory: files, the simulated network, and the programs.
final class Installation: Sendable {
  let directory: String
  let network: SimulatedNetwork
  private let children = Mutex<[ChildProcess]>([])

  /// The node of the simulated network that the daemon pays from.
  static let payer = "purser"

  private init() throws {
    // Short, because a socket path has at most 107 bytes.
    directory = "/tmp/pe-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    do {
      let made = try ChildProcess(
        "purser", ["init", "--dir", "\(directory)/h", "--wallet", "simulated"],
        log: "\(directory)/init.log")
      try check(try made.waitForExit() == 0, "purser init failed")
      network = try SimulatedNetwork(path: "\(directory)/h/data/simulated-network.db")
      _ = try network.wallet(of: Self.payer, openingBalance: Msat(1_000_000_000_000) ?? .zero)
    } catch {
      try? FileManager.default.removeItem(atPath: directory)
      throw error
    }
  }

  /// Makes an installation for `body`, which runs on a thread of its own; afterwards every program
  /// that it started is gone, and so is the directory.
  static func use<Value: Sendable>(
    _ body: @escaping @Sendable (Installation) throws -> Value
  ) async throws -> Value {
    try await onThread {
      let installation = try Installation()
      defer { installation.close() }
      do { return try body(installation) } catch {
        throw Failure("\(error)\nThe daemon said last:\n\(installation.lastWords)")
      }
    }
  }

  private func close() {
    for child in children.withLock({ $0 }) { child.kill() }
    try? FileManager.default.removeItem(atPath: directory)
  }

  var agentSocket: String { "\(directory)/h/run/agents/purser.sock" }
  var operatorSocket: String { "\(directory)/h/run/operators/operator.sock" }
  var ledgerFile: String { "\(directory)/h/data/ledger.db" }

  /// What all daemons wrote.
  var daemonLog: String {
    (try? String(contentsOfFile: "\(directory)/purserd.log", encoding: .utf8)) ?? ""
  }

  /// The end of the daemon's log.
  private var lastWords: String {
    daemonLog.split(separator: "\n").suffix(12).joined(separator: "\n")
  }

  /// Writes the policy; `services` is the YAML below `services:`, two spaces deep.
  func writePolicy(_ services: String) throws {
    try "version: 1\nservices:\n\(services)\n"
      .write(toFile: "\(directory)/h/policy.yaml", atomically: true, encoding: .utf8)
  }

  /// Changes `config.yaml` for the daemon's next start.
  func changeConfiguration(_ change: (String) -> String) throws {
    let file = "\(directory)/h/config.yaml"
    try change(String(contentsOfFile: file, encoding: .utf8))
      .write(toFile: file, atomically: true, encoding: .utf8)
  }

  /// Starts a program that is killed at the end at the latest.
  func start(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> ChildProcess {
    let child = try ChildProcess(
      name, arguments, log: "\(directory)/\(name).log", environment: environment)
    children.withLock { children in
      children.removeAll { $0.exitStatus != nil }
      children.append(child)
    }
    return child
  }

  /// Starts the daemon, without waiting for anything.
  func spawnDaemon(environment: [String: String] = [:]) throws -> ChildProcess {
    try start(
      "purserd", ["--config", "\(directory)/h/config.yaml"], environment: environment)
  }

  /// Starts the daemon and waits until it answers.
  func startDaemon(environment: [String: String] = [:]) throws -> ChildProcess {
    let daemon = try spawnDaemon(environment: environment)
    _ = try waitFor("purserd to answer") {
      try check(daemon.exitStatus == nil, "purserd ended while it started")
      return try? operatorConnection().call(SystemInfo.self, NoParameters())
    }
    return daemon
  }

  /// Starts the paywall, whose node is `seller`, and gives the origin that it serves.
  func startPaywall() throws -> String {
    let portFile = "\(directory)/port"
    let paywall = try start(
      "paywall",
      [
        "--port", "0", "--port-file", portFile, "--access-log", "\(directory)/access.jsonl",
        "--root-key-file", "\(directory)/paywall.key", "--simulated-store",
        "\(directory)/h/data/simulated-network.db", "--node", "seller",
      ])
    let port = try waitFor("the paywall to listen") {
      try check(paywall.exitStatus == nil, "the paywall ended while it started")
      return (try? String(contentsOfFile: portFile, encoding: .utf8))
        .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        .flatMap { $0.isEmpty ? nil : $0 }
    }
    return "http://127.0.0.1:\(port)"
  }

  func operatorConnection() throws -> PurserConnection {
    try PurserConnection(path: operatorSocket)
  }

  /// A connection of an agent that shows `token` with each call.
  func agent(_ token: String) throws -> Agent {
    Agent(connection: try PurserConnection(path: agentSocket), token: token)
  }

  /// Makes a top-level grant, as an operator does.
  func grant(_ limits: GrantCreate.Parameters) throws -> GrantCreate.Reply {
    try operatorConnection().call(GrantCreate.self, limits)
  }
}

/// An agent's token and its connection, for one thread.
struct Agent {
  let connection: PurserConnection
  let token: String

  func call<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, key: String? = nil
  ) throws -> Method.Reply {
    try connection.call(
      method, parameters, options: CallOptions(token: token, idempotencyKey: key))
  }

  /// The reply, or nil when a budget has not enough left.
  func withinBudget<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters
  ) throws -> Method.Reply? {
    do { return try call(method, parameters) } catch ClientError.refused(let refusal) {
      try check(refusal.reason == "budget_exceeded", "refused: \(refusal.reason)")
      return nil
    }
  }
}

extension GrantCreate.Parameters {
  /// A grant of a name and a limit in msat.
  init(_ name: String, spend: UInt64?) {
    self.init()
    self.name = name
    spendMsat = spend.flatMap { Msat($0) }
  }
}
