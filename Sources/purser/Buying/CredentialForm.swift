internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

/// How long a credential is to be good, and how it is printed.
struct CredentialForm: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long it is to be good, such as 10m; the policy sets the longest.",
      valueName: "duration"), transform: ArgumentText.duration)
  var ttl: UInt64?

  @Option(
    help: ArgumentHelp(
      "How long to wait for an operator where one has to approve, such as 5m; at most 10m.",
      valueName: "duration"), transform: ArgumentText.duration)
  var wait: UInt64?

  @Flag(help: "Print the value for the Authorization header alone.")
  var header = false

  func check(_ daemon: DaemonOptions) throws {
    guard header, daemon.json else { return }
    throw ValidationError("give --header or --json, not both")
  }

  func printsJSON(_ daemon: DaemonOptions) -> Bool { daemon.printsJSON && !header }

  func show(_ reply: CredentialReply, _ daemon: DaemonOptions) {
    guard !header else { return Terminal.writeLine(reply.authorization) }
    daemon.show(reply) { reply in
      Self.facts(of: reply) + [""] + Self.restrictions(of: reply)
    }
  }

  private static func facts(of reply: CredentialReply) -> [String] {
    TextTable.facts([
      ("service", reply.service), ("credential", reply.credential.hex),
      ("cost", "\(reply.costMsat)"),
      ("ends", reply.expiresAt.map(TimeText.utc) ?? "no end that the seller knows of"),
      ("bare", reply.bare ? "yes: the seller's own token, bound by nothing there" : nil),
      ("authorization", Terminal.sanitized(reply.authorization, limit: .max)),
    ])
  }

  private static func restrictions(of reply: CredentialReply) -> [String] {
    var table = TextTable(.text("ENFORCED BY"), .text("RESTRICTION"))
    for restriction in reply.restrictions {
      table.add(
        restriction.enforcedBy.rawValue,
        Terminal.sanitized("\(restriction.condition)=\(restriction.value)"))
    }
    return table.lines(whenEmpty: "no restrictions")
  }
}
