internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct PaymentListCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the payments that are not final.")

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(PaymentList.self, NoParameters())
    daemon.show(reply) { reply in
      var table = TextTable(
        .text("HOLD"), .text("STATE"), .number("AMOUNT"), .number("FEE LIMIT"), .text("SERVICE"),
        .text("GRANT"), .text("SENT"))
      for payment in reply.payments {
        table.add(
          payment.hold.hex, payment.isStuck ? "stuck" : payment.state, "\(payment.amountMsat)",
          "\(payment.feeLimitMsat)", Terminal.sanitized(payment.service), payment.node.short,
          payment.sentAtMs.map { TimeText.utc(seconds: $0 / 1000) } ?? "-")
      }
      return table.lines(whenEmpty: "every payment is final")
    }
  }
}
