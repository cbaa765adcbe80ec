internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct ApproveCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Let a payment go that waits for you.",
    discussion: "'purser approvals' lists them, with what each would pay and to whom.")

  @Argument(help: "The approval, by its id.", transform: ArgumentText.identifier)
  var approval: ApprovalID

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    daemon.show(
      try await call.plain(ApprovalApprove.self, .init(approval: approval)), as: \.decision)
  }
}

struct DenyCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "deny", abstract: "Refuse a payment that waits for you.",
    discussion: "The same is refused, asked for again, for as long as the approval would be good.")

  @Argument(help: "The approval, by its id.", transform: ArgumentText.identifier)
  var approval: ApprovalID

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    daemon.show(try await call.plain(ApprovalDeny.self, .init(approval: approval)), as: \.decision)
  }
}

extension ApprovalView {
  fileprivate var decision: [String] {
    TextTable.facts([
      ("approval", approval.hex), ("state", state), ("total", "\(totalMsat)"),
      ("service", Terminal.sanitized(service)), ("grant", node.hex), ("payee", payee),
      ("ends", TimeText.utc(seconds: expiresAtMs / 1000)),
    ])
  }
}
