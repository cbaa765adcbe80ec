internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct VaultRemoveCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Take a credential out of the vault, for good.",
    discussion: "Copies that agents have stay good until they end.")

  @Argument(help: "The credential, by id.", transform: ArgumentText.identifier)
  var credential: CredentialID

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.change(
      VaultRemove.self, VaultRemove.Parameters(credential: credential), repeating)
    daemon.show(reply) { ["removed \($0.credential.hex)"] }
  }
}
