internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct QuoteCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "quote",
    abstract: "Ask what a service's credential costs now; pays nothing.",
    discussion: """
      The daemon asks the seller. With --challenge it reads the WWW-Authenticate headers of a 402 \
      answer from standard input instead, as 'purser pay' does. The status is 0 when the grant \
      would pay and 3 when it would not.
      """)

  @Argument(help: "The service, by its id in the policy.", transform: ArgumentText.name)
  var service: String

  @Flag(help: "A challenge of the service is on standard input.")
  var challenge = false

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions

  func validate() throws {
    guard !(challenge && token.usesStandardInput) else {
      throw ValidationError("the token and the challenge cannot both come from standard input")
    }
  }

  func run() async throws {
    let headers = challenge ? try ChallengeInput.headers() : nil
    let call = try DaemonCall.asAgent(daemon, token)
    let parameters = ChallengeQuote.Parameters(service: service, wwwAuthenticate: headers)
    let reply = try await call.plain(ChallengeQuote.self, parameters)
    daemon.show(reply, as: QuoteText.facts(of:))
    try QuoteText.check(reply.quote)
  }
}
