internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct ApprovalsCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "approvals", abstract: "List the payments that wait for you.",
    discussion: """
      A name is what the grant calls itself, and proves nothing; the grant's id does. An approval is \
      good for one payment of at most the total, to that payee, until it ends.
      """)

  @Flag(help: "List those that were decided and did not go yet, too.")
  var all = false

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(ApprovalList.self, .init(all: all ? true : nil))
    daemon.show(reply) { reply in
      var table = TextTable(
        .text("APPROVAL"), .text("STATE"), .number("TOTAL"), .text("SERVICE"), .text("GRANT"),
        .text("NAME"), .text("PAYEE"), .text("ENDS"))
      for approval in reply.approvals {
        table.add(
          approval.approval.hex, approval.state, "\(approval.totalMsat)",
          Terminal.sanitized(approval.service), approval.node.hex,
          approval.name.map { Terminal.sanitized($0) } ?? "-", approval.payee,
          TimeText.utc(seconds: approval.expiresAtMs / 1000))
      }
      return table.lines(whenEmpty: "no payment waits")
    }
  }
}
