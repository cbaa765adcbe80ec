internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct SpendReleaseCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "End a hold with nothing spent.")

  @Argument(help: "The hold, by id.", transform: ArgumentText.identifier)
  var hold: HoldID

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let reply = try await call.change(
      SpendRelease.self, SpendRelease.Parameters(hold: hold), repeating)
    daemon.show(reply, as: \.lines)
  }
}
