internal import PurserConfig

/// Where `purser init` puts things.
struct InstallationPlaces {
  /// The directory of the configuration, the policy and the keys.
  let directory: String
  /// The directory of the ledger.
  let dataDirectory: String
  let agentSocket: String
  let operatorSocket: String
  /// Whether commands find the sockets with nothing said.
  let hasDefaultSockets: Bool

  var configurationFile: String { directory + "/config.yaml" }
  var policyFile: String { directory + "/policy.yaml" }
  var keyFile: String { directory + "/purser.key" }
  var auditKeyFile: String { directory + "/audit.key" }
  var ledgerFile: String { dataDirectory + "/ledger.db" }
  var simulatedStore: String { dataDirectory + "/simulated-network.db" }

  /// Everything below `directory`, which is absolute.
  init(below directory: String) {
    self.directory = directory
    dataDirectory = directory + "/data"
    agentSocket = directory + "/run/agents/purser.sock"
    operatorSocket = directory + "/run/operators/operator.sock"
    hasDefaultSockets = false
  }

  /// The usual places: those of the XDG base directories, or of the system for root.
  /// - Throws: ``CommandFailure`` when the environment names none.
  init(environment: [String: String], isRoot: Bool) throws(CommandFailure) {
    func base(_ variable: String, system: String, home: String) throws(CommandFailure) -> String {
      if let named = environment[variable], named.hasPrefix("/") { return named }
      if isRoot { return system }
      guard let user = environment["HOME"], user.hasPrefix("/") else {
        throw CommandFailure(
          "neither \(variable) nor HOME is set to an absolute path",
          hint: "say where: purser init --dir DIR")
      }
      return user + home
    }
    directory = try base("XDG_CONFIG_HOME", system: "/etc", home: "/.config") + "/purser"
    dataDirectory =
      try base("XDG_DATA_HOME", system: "/var/lib", home: "/.local/share") + "/purser"
    let sockets = Configuration.defaultSockets(environment: environment, isRoot: isRoot)
    agentSocket = sockets?.agents ?? dataDirectory + "/run/agents/purser.sock"
    operatorSocket = sockets?.operators ?? dataDirectory + "/run/operators/operator.sock"
    hasDefaultSockets = sockets != nil
  }
}
