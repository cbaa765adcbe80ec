internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct ReportCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Tell the daemon that a seller refused a credential, or that it is used up.",
    discussion: """
      The daemon asks the seller itself. A credential that is no good is handed out no more, and \
      another is bought in your name; what is printed then is a secret.
      """)

  @Argument(
    help: "The credential's id, as its copy named it.", transform: ArgumentText.identifier)
  var credential: CredentialID

  @Argument(help: "refused or used_up.", transform: Self.problem)
  var problem: CredentialReport.Problem

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  private static func problem(_ text: String) throws -> CredentialReport.Problem {
    guard let problem = CredentialReport.Problem(rawValue: text) else {
      throw ValidationError("the problem is refused or used_up")
    }
    return problem
  }

  func run() async throws {
    let call = try DaemonCall.asAgent(daemon, token)
    let parameters = CredentialReport.Parameters(credential: credential, problem: problem)
    let reply = try await call.change(CredentialReport.self, parameters, repeating)
    daemon.show(reply) { reply in
      switch (reply.state, reply.replacement) {
      case (.active, _): ["the seller takes it: ask for another copy"]
      case (.retired, nil): ["it is handed out no more"]
      case (.retired, let other?): ["it is handed out no more; in its place:", other.authorization]
      }
    }
  }
}
