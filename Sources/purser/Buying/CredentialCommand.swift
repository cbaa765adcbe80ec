internal import ArgumentParser
internal import PurserAPI

struct CredentialCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "credential",
    abstract: "Get a credential for a service, bought if the vault has none.",
    discussion: "What is printed is a secret: whoever has it can use the service until it ends.")

  @Argument(help: "The service, by its id in the policy.", transform: ArgumentText.name)
  var service: String

  @Option(
    name: .customLong("capability"),
    help: ArgumentHelp(
      "A capability that it is for; may be repeated. All that you may use, when missing.",
      valueName: "capability"), transform: ArgumentText.name)
  var capabilities: [String] = []

  @OptionGroup var form: CredentialForm
  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  var printsJSON: Bool { form.printsJSON(daemon) }

  func validate() throws { try form.check(daemon) }

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let parameters = CredentialRequest.Parameters(
      service: service, capabilities: capabilities.isEmpty ? nil : capabilities,
      ttlSeconds: form.ttl, waitSeconds: form.wait)
    form.show(try await call.change(CredentialRequest.self, parameters, repeating), daemon)
  }
}
