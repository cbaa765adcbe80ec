internal import ArgumentParser
internal import PurserAPI

struct WalletInfoCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show the wallet's kind, name and balance.")

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(WalletDescribe.self, NoParameters())
    daemon.show(reply) { reply in
      TextTable.facts([
        ("kind", Terminal.sanitized(reply.kind)), ("name", Terminal.sanitized(reply.name)),
        ("balance", reply.balanceMsat.map { "\($0)" } ?? "not known"),
      ])
    }
  }
}
