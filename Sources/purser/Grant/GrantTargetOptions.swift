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

  /// Asks for `method` on the grant and prints what was done.
  func mark<Method: RPCMethod>(
    _ method: Method.Type, _ done: String, _ daemon: DaemonOptions, _ repeating: RepeatOptions
  ) async throws where Method.Parameters == GrantTarget, Method.Reply == GrantMarked {
    let call = try DaemonCall.asEither(daemon, token)
    let target = try targetFile.map {
      try SecretInput.line(in: $0, of: GrantToken.maximumLength, "the token")
    }
    let parameters = GrantTarget(node: try await grant?.resolve(over: call), target: target)
    let reply = try await call.change(method, parameters, repeating)
    daemon.show(reply) { ["\(done) \($0.node.hex)"] }
  }
}
