internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct GrantClaimCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "claim",
    abstract: "Get the grant that the policy has for this process, and print its token.",
    discussion: """
      No secret is needed: the daemon asks the kernel who connected. Claiming again gives the same \
      grant, with whatever was spent, and a token that lives on; claim it again before its end.
      """)

  @Argument(
    help: "The claim, by its name in the policy; not needed where one alone fits.",
    transform: ArgumentText.name)
  var name: String?

  @Flag(help: "Print the token alone, for PURSER_TOKEN=$(purser grant claim --only-token).")
  var onlyToken = false

  @OptionGroup var daemon: DaemonOptions

  var printsJSON: Bool { daemon.printsJSON && !onlyToken }

  func validate() throws {
    guard !(onlyToken && daemon.json) else {
      throw ValidationError("give --only-token or --json, not both")
    }
  }

  func run() async throws {
    let call = try DaemonCall.asClaimant(daemon)
    let reply = try await call.plain(GrantClaim.self, GrantClaim.Parameters(name: name))
    guard !onlyToken else { return Terminal.writeLine(reply.token) }
    daemon.show(reply) { reply in
      TextTable.facts([
        ("claim", Terminal.sanitized(reply.name)), ("grant", reply.node.hex),
        ("ends", TimeText.utc(seconds: reply.validUntil)), ("token", reply.token),
      ])
    }
  }
}
