internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import PurserConfig

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write the configuration, a policy that allows nothing yet, and a fresh key.",
    discussion: """
      They go to $XDG_CONFIG_HOME/purser or ~/.config/purser, for root to /etc/purser. With --dir \
      everything, data and sockets included, lies below that directory. Nothing that exists is \
      ever overwritten: there is no option for that.
      """)

  @Option(help: ArgumentHelp("Where everything is to lie.", valueName: "directory"))
  var dir: String?

  @OptionGroup(title: "Wallet") var wallet: WalletChoice

  @Flag(help: "Print JSON: the paths of what was made, and of the sockets.")
  var json = false

  private struct Report: Encodable {
    let config: String
    let policy: String
    let keyFile: String
    let auditKeyFile: String
    let dataDirectory: String
    let agentSocket: String
    let operatorSocket: String

    enum CodingKeys: String, CodingKey {
      case config, policy
      case keyFile = "key_file"
      case auditKeyFile = "audit_key_file"
      case dataDirectory = "data_dir"
      case agentSocket = "agent_socket"
      case operatorSocket = "operator_socket"
    }
  }

  func validate() throws {
    guard let dir, dir.isEmpty else { return }
    throw ValidationError("--dir is empty; give the path of a directory")
  }

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let places =
      try dir.map { InstallationPlaces(below: try AbsolutePath.of($0)) }
      ?? InstallationPlaces(environment: environment, isRoot: geteuid() == 0)
    let configuration = Configuration(
      dataDirectory: places.dataDirectory, agentSocket: places.agentSocket,
      operatorSocket: places.operatorSocket, keyFile: places.keyFile,
      auditKeyFile: places.auditKeyFile, policyFile: places.policyFile,
      network: wallet.chosenNetwork,
      wallet: try wallet.configuration(store: places.simulatedStore))
    try AbsolutePath.makeDirectory(places.directory)
    do throws(ConfigError) {
      try Starter.install(
        configuration, at: places.configurationFile,
        now: TimeText.now())
    } catch { throw failure(error) }
    try AbsolutePath.makeDirectory(places.dataDirectory)
    show(places)
  }

  private func failure(_ error: ConfigError) -> CommandFailure {
    switch error {
    case .exists(let path):
      CommandFailure(
        "\(Terminal.sanitized(path)) exists already, and nothing was changed",
        hint: "use that installation, or choose another directory with --dir", reason: "exists")
    case .mistakes(let mistakes, _):
      CommandFailure(
        mistakes.map { "\(option(for: $0.key)): \($0.fault)" }.joined(separator: "; "))
    default: CommandFailure("\(error)")
    }
  }

  /// The option that a key of the configuration comes from.
  private func option(for key: String) -> String {
    let parts = key.split(separator: ".")
    if parts.count == 2, parts[0] == "wallet" {
      let kind = wallet.wallet == .coreLightning ? "cln" : wallet.wallet.rawValue
      return "--\(kind)-" + parts[1].replacing("_", with: "-")
    }
    return switch key {
    case "sockets", "sockets.agents", "sockets.operators": "--dir"
    default: key
    }
  }

  private func show(_ places: InstallationPlaces) {
    guard !json else {
      return Terminal.writeLine(
        JSONLine.text(
          Report(
            config: places.configurationFile, policy: places.policyFile, keyFile: places.keyFile,
            auditKeyFile: places.auditKeyFile, dataDirectory: places.dataDirectory,
            agentSocket: places.agentSocket,
            operatorSocket: places.operatorSocket)))
    }
    Terminal.writeLine(
      "made config.yaml, policy.yaml, purser.key and audit.key in \(places.directory)")
    Terminal.writeLine("next:")
    var commands = ["purserd --config \(ShellWord.quoted(places.configurationFile))"]
    if !places.hasDefaultSockets {
      commands.append(
        "export PURSER_SOCKET=\(ShellWord.quoted(places.agentSocket)) "
          + "PURSER_OPERATOR_SOCKET=\(ShellWord.quoted(places.operatorSocket))")
    }
    commands.append("purser grant create --name orchestrator --spend 10_000sat --ttl 7d")
    commands.append("purser grant tree")
    for command in commands { Terminal.writeLine("  \(command)") }
  }
}

/// Words of a shell's command line.
enum ShellWord {
  /// `text` as one word, in single quotes where it needs them.
  static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      Array("/._-+@%=:,".utf8).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    guard !isPlain || text.isEmpty else { return text }
    let parts = text.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.joined(separator: #"'\''"#) + "'"
  }
}
