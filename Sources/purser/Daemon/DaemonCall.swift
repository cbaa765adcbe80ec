internal import FoundationEssentials
internal import Glibc
internal import LibCrypto
internal import PurserAPI
internal import PurserClient
internal import PurserConfig
internal import PurserCore

/// A client of the daemon, for the calls of one command.
struct DaemonCall {
  /// The path of the socket that it goes over.
  let path: String
  private let client: DaemonClient
  private let choice: SocketChoice
  private let token: String?

  /// A call of an operator.
  /// - Throws: ``CommandFailure`` when there is no path to a socket.
  static func asOperator(_ options: DaemonOptions) throws -> DaemonCall {
    try DaemonCall(.operators, options, token: nil)
  }

  /// A call of an operator to the daemon of `configuration`, unless a socket is named.
  /// - Throws: ``CommandFailure`` when there is no path to a socket.
  static func asOperator(
    _ options: DaemonOptions, of configuration: Configuration
  ) throws -> DaemonCall {
    var options = options
    options.socket = options.socket ?? configuration.operatorSocket
    return try DaemonCall(.operators, options, token: nil)
  }

  /// A call of an agent.
  /// - Throws: ``CommandFailure`` when there is no token, or no path to a socket.
  static func asAgent(_ options: DaemonOptions, _ token: TokenOptions) throws -> DaemonCall {
    try DaemonCall(.agents, options, token: token.readRequired())
  }

  /// A call of an agent that is repeated for as long as `patience` while its payment is under way;
  /// each answer may take `timeout`.
  /// - Throws: ``CommandFailure`` when there is no path to a socket.
  static func asAgent(
    _ options: DaemonOptions, token: String, patience: Duration, timeout: Duration
  ) throws -> DaemonCall {
    try DaemonCall(.agents, options, token: token, patience: patience, timeout: timeout)
  }

  /// A call of a process on the agents' socket that shows no token.
  /// - Throws: ``CommandFailure`` when there is no path to a socket.
  static func asClaimant(_ options: DaemonOptions) throws -> DaemonCall {
    try DaemonCall(.agents, options, token: nil)
  }

  /// A call of an agent where there is a token, and of an operator where there is none.
  /// - Throws: ``CommandFailure`` when the token cannot be read, or there is no path to a socket.
  static func asEither(_ options: DaemonOptions, _ token: TokenOptions) throws -> DaemonCall {
    let text = try token.read()
    return try DaemonCall(text == nil ? .operators : .agents, options, token: text)
  }

  /// Whether it is made with a token.
  var isAgent: Bool { token != nil }

  private init(
    _ choice: SocketChoice, _ options: DaemonOptions, token: String?, patience: Duration = .zero,
    timeout: Duration = .seconds(120)
  ) throws {
    path = try choice.path(
      given: options.socket, environment: ProcessInfo.processInfo.environment,
      isRoot: geteuid() == 0)
    self.token = token
    // Most commands do what they do once: whoever runs one repeats it, under the key that it told.
    client = DaemonClient(ClientSettings(path: path, timeout: timeout, patience: patience))
    self.choice = choice
  }

  /// Calls a method whose answer is not repeated, since it changes nothing or does no harm twice.
  /// - Throws: ``CommandFailure``.
  func plain<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters
  ) async throws(CommandFailure) -> Method.Reply {
    try await call(method, parameters, idempotencyKey: nil)
  }

  /// Calls a method that changes something, under a key, so that it can be repeated.
  /// - Throws: ``CommandFailure``, whose hint names the key where repeating makes sense.
  func change<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, _ options: RepeatOptions
  ) async throws(CommandFailure) -> Method.Reply {
    try await change(method, parameters, key: options.idempotencyKey ?? Self.freshKey())
  }

  /// The same under `key`.
  /// - Throws: ``CommandFailure``, whose hint names the key where repeating makes sense.
  func change<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, key: String
  ) async throws(CommandFailure) -> Method.Reply {
    try await call(method, parameters, idempotencyKey: key)
  }

  /// A key that nobody has used.
  static func freshKey() -> String { Hex.encode(randomBytes(16)) }

  private func call<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, idempotencyKey: String?
  ) async throws(CommandFailure) -> Method.Reply {
    let options = CallOptions(token: token, idempotencyKey: idempotencyKey)
    do throws(ClientError) {
      return try await client.call(method, parameters, options: options)
    } catch {
      guard token == nil, Self.asksForPassphrase(error) else {
        throw Self.failure(error, choice: choice, path: path, idempotencyKey: idempotencyKey)
      }
    }
    try await unlock()
    do throws(ClientError) {
      return try await client.call(method, parameters, options: options)
    } catch {
      throw Self.failure(error, choice: choice, path: path, idempotencyKey: idempotencyKey)
    }
  }

  private static func asksForPassphrase(_ error: ClientError) -> Bool {
    guard case .refused(let refusal) = error else { return false }
    return refusal.data["rule"] == .string("operator:passphrase")
  }

  /// Gives the passphrase on the connection, which the next call goes over as well.
  private func unlock() async throws(CommandFailure) {
    var passphrase = try PassphrasePrompt.ask("Passphrase of operators: ")
    defer { wipe(&passphrase) }
    do throws(ClientError) {
      _ = try await client.call(
        OperatorUnlock.self, .init(passphrase: String(decoding: passphrase, as: UTF8.self)))
    } catch {
      throw Self.failure(error, choice: choice, path: path, idempotencyKey: nil)
    }
  }

  /// Follows the audit log until the task is cancelled.
  /// - Throws: ``CommandFailure``, and what `receive` throws.
  func follow(
    _ parameters: AuditSubscribe.Parameters, _ receive: (AuditNotice) async throws -> Void
  ) async throws {
    do { try await client.follow(parameters, receive) } catch let error as ClientError {
      throw Self.failure(error, choice: choice, path: path, idempotencyKey: nil)
    }
  }

  private static func failure(
    _ error: ClientError, choice: SocketChoice, path: String, idempotencyKey: String?
  ) -> CommandFailure {
    switch error {
    case .unreachable(let path, let reason):
      return CommandFailure(
        "no daemon answers on \(Terminal.sanitized(path)): \(reason)",
        hint: hintUnreachable(choice, path: path), status: .unreachable, reason: "unreachable")
    case .interrupted(let reason):
      return CommandFailure(interrupted: reason, idempotencyKey: idempotencyKey)
    case .unexpected(let reason):
      return CommandFailure(
        "the daemon's answer is not understood: \(reason)",
        hint: "compare `purser --version` with `purserd --version`", reason: "unexpected")
    case .refused(let error):
      return CommandFailure(error, idempotencyKey: idempotencyKey)
    }
  }

  private static func hintUnreachable(_ choice: SocketChoice, path: String) -> String {
    let isClosedToUs = access(path, R_OK | W_OK) != 0 && errno == EACCES
    switch (choice, isClosedToUs) {
    case (.operators, true):
      return "this socket is for operators: use the daemon's own user, or act at a grant by "
        + "setting \(TokenOptions.variable)"
    case (.agents, true):
      return "the agents' socket is open to the daemon's own user alone, unless its "
        + "permissions say otherwise"
    case (_, false):
      return "is purserd running? start it with: purserd --config …; if it is elsewhere, give "
        + "--socket or \(choice.variable)"
    }
  }
}
