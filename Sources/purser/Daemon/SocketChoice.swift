internal import PurserConfig

/// Which of the daemon's two sockets a command uses.
enum SocketChoice {
  /// The agents', for those who act at a grant with its token.
  case agents
  /// The operators', for those who act on everything.
  case operators

  /// The variable that names the socket.
  var variable: String {
    switch self {
    case .agents: "PURSER_SOCKET"
    case .operators: "PURSER_OPERATOR_SOCKET"
    }
  }

  /// The socket's path: as given, else from the environment, else the default.
  /// - Throws: ``CommandFailure`` when there is none of these.
  func path(
    given: String?, environment: [String: String], isRoot: Bool
  ) throws(CommandFailure) -> String {
    if let given { return given }
    if let named = environment[variable], !named.isEmpty { return named }
    let fallback = Configuration.defaultSockets(environment: environment, isRoot: isRoot)
    switch (self, fallback) {
    case (.agents, let sockets?): return sockets.agents
    case (.operators, let sockets?): return sockets.operators
    case (_, nil):
      throw CommandFailure(
        "there is no default socket, since XDG_RUNTIME_DIR is not set to an absolute path",
        hint: "give --socket, or set \(variable)", status: .unreachable, reason: "unreachable")
    }
  }
}
