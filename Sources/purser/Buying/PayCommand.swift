internal import ArgumentParser
internal import L402
internal import PurserAPI

struct PayCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "pay",
    abstract: "Pay a challenge that you bring, and get its credential.",
    discussion: """
      Reads the WWW-Authenticate headers of one 402 answer from standard input, one per line, \
      with or without the header's name. The policy must pin the seller's payees.
      """)

  @Option(
    help: "The service that asked, by its id in the policy.", transform: ArgumentText.name)
  var service: String

  @OptionGroup var form: CredentialForm
  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  var printsJSON: Bool { form.printsJSON(daemon) }

  func validate() throws {
    try form.check(daemon)
    guard !token.usesStandardInput else {
      throw ValidationError("the token and the challenge cannot both come from standard input")
    }
  }

  func run() async throws {
    let headers = try readHeaders()
    let call = try DaemonCall.asAgent(daemon, token)
    let parameters = ChallengePay.Parameters(
      service: service, wwwAuthenticate: headers, ttlSeconds: form.ttl, waitSeconds: form.wait)
    form.show(try await call.change(ChallengePay.self, parameters, repeating), daemon)
  }

  /// The headers on standard input; empty lines are skipped.
  private func readHeaders() throws -> [String] {
    var reader = LineReader(limit: ChallengeDecode.lineLimit)
    var headers: [String] = []
    while let line = try reader.next() {
      guard case .bytes(let bytes) = line else {
        throw CommandFailure("a line on standard input is too long to be a header")
      }
      let value = ChallengeDecode.value(of: String(decoding: bytes, as: UTF8.self))
      guard value.contains(where: { !$0.isWhitespace }) else { continue }
      headers.append(value)
      guard headers.count <= L402Limits.headerCount else {
        throw CommandFailure("standard input has more than \(L402Limits.headerCount) headers")
      }
    }
    guard !headers.isEmpty else {
      throw CommandFailure(
        "there is no challenge on standard input",
        hint: "write the WWW-Authenticate values of the 402 answer there, one per line")
    }
    return headers
  }
}
