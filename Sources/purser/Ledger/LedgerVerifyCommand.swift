internal import ArgumentParser
internal import PurserAPI

struct LedgerVerifyCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Recompute every counter of the ledger from its rows.",
    discussion: "Exits with 1 when one differs.")

  @OptionGroup var daemon: DaemonOptions

  func run() throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try call.plain(LedgerVerify.self, NoParameters())
    daemon.show(reply) { reply in
      TextTable.facts(
        [
          ("ledger", reply.ok ? "ok" : "does not add up"), ("grants", "\(reply.nodes)"),
          ("holds", "\(reply.holds)"),
        ] + reply.faults.map { ("fault", Terminal.sanitized($0)) })
    }
    try Verdict.check(reply.ok, "the ledger does not add up")
  }
}
