internal import ArgumentParser
internal import PurserAPI

struct AuditVerifyCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the hash chain of the whole audit log.",
    discussion: """
      Exits with 1 when an event does not fit. Keep the head elsewhere: a log that was cut off \
      at its end still fits, but no longer reaches the head that you kept.
      """)

  @OptionGroup var daemon: DaemonOptions

  func run() throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try call.plain(AuditVerify.self, NoParameters())
    daemon.show(reply) { reply in
      TextTable.facts([
        ("audit log", reply.ok ? "ok" : "does not fit"), ("events", "\(reply.events)"),
        ("head", Terminal.sanitized(reply.head)),
        ("fault", reply.fault.map { Terminal.sanitized($0) }),
      ])
    }
    try Verdict.check(reply.ok, "the audit log was changed, or is damaged")
  }
}
