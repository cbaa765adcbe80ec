internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

/// The grant whose subtree a command stops or starts, and how the daemon is asked to.
struct GrantTargetOptions: ParsableArguments {
  @Argument(help: "The grant, by id.")
  var grant: NodeArgument?

  @Option(
    help: ArgumentHelp(
      "A file with the grant's token instead, '-' for standard input; it need not have been used.",
      valueName: "path"))
  var targetFile: String?

  @OptionGroup var token: TokenOptions

  func validate() throws {
    guard (grant == nil) != (targetFile == nil) else {
      throw ValidationError("say which grant: give its id, or --target-file with its token")
    }
    guard !(targetFile == "-" && token.usesStandardInput) else {
      throw ValidationError("the two tokens cannot both come from standard input")
    }
  }

  /// Asks for `method`, which stops the grant, and prints what was done.
  func stop<Method: RPCMethod>(
    _ method: Method.Type, _ done: String, _ daemon: DaemonOptions, _ repeating: RepeatOptions
  ) async throws where Method.Parameters == GrantTarget, Method.Reply == GrantStopped {
    daemon.show(try await ask(method, daemon, repeating)) { GrantText.stopped($0, done) }
  }

  /// Asks for `method` on the grant.
  func ask<Method: RPCMethod>(
    _ method: Method.Type, _ daemon: DaemonOptions, _ repeating: RepeatOptions
  ) async throws -> Method.Reply where Method.Parameters == GrantTarget {
    let call = try DaemonCall.asEither(daemon, token)
    let target = try targetFile.map {
      try SecretInput.line(in: $0, of: GrantToken.maximumLength, "the token")
    }
    let parameters = GrantTarget(node: try await grant?.resolve(over: call), target: target)
    return try await call.change(method, parameters, repeating)
  }
}
