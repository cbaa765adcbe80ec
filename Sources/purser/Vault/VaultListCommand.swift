internal import ArgumentParser
internal import PurserAPI

struct VaultListCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the credentials, without their secrets.")

  @Option(help: "Of this service only.", transform: ArgumentText.name)
  var service: String?

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(VaultList.self, VaultList.Parameters(service: service))
    daemon.show(reply) { VaultText.list($0.credentials) }
  }
}
