internal import ArgumentParser
internal import L402
internal import PurserAPI

struct VaultImportCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Put a credential that was paid elsewhere into the vault.",
    discussion: """
      Reads one line 'L402 <token>:<preimage>', the value of its Authorization header, from the \
      file or from standard input, with or without the header's name. Every grant that may use the service gets copies of it.
      """)

  @Argument(help: "The service, by its id in the policy.", transform: ArgumentText.name)
  var service: String

  @Option(
    help: ArgumentHelp(
      "The file with the credential; '-' for standard input.", valueName: "path"))
  var credentialFile = "-"

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let line = try SecretInput.line(
      in: credentialFile, of: L402Limits.headerLength, "a credential 'L402 <token>:<preimage>'")
    let name = "authorization:"
    let hasName = line.prefix(name.count).lowercased() == name
    let value = hasName ? line.dropFirst(name.count).drop { $0 == " " } : line[...]
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.change(
      VaultImport.self,
      VaultImport.Parameters(service: service, authorization: String(value)), repeating)
    daemon.show(reply, as: VaultText.facts)
  }
}
