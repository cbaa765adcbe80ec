internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct PolicyExplainCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what would become of a purchase or a hold, and which rules take part.",
    discussion: """
      The token is that of the grant in question; the question is an operator's, so that the \
      figures of the grants above are shown, too. Nothing is bought or set aside. Exits with 0 \
      whatever the decision is.
      """)

  @Argument(help: "The service; left out for money that is set aside for something else.")
  var service: String?

  @Option(
    help: ArgumentHelp("What it would cost, without routing.", valueName: "amount"),
    transform: ArgumentText.positiveAmount)
  var amount: Msat?

  @Option(
    name: .customLong("capability"),
    help: ArgumentHelp(
      "A capability that would be asked for; repeat it for more.", valueName: "name"))
  var capabilities: [String] = []

  @Flag(help: "The agent would bring the challenge itself.")
  var brought = false

  @Option(
    help: ArgumentHelp(
      "The method that would be called; the one that such a thing is asked for by when left out.",
      valueName: "name"))
  var method: String?

  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let target = try token.readRequired()
    let reply = try await DaemonCall.asOperator(daemon).plain(
      PolicyExplain.self,
      PolicyExplain.Parameters(
        target: target, service: service, capabilities: capabilities.isEmpty ? nil : capabilities,
        amountMsat: amount, brought: brought ? true : nil, method: method))
    daemon.show(reply, as: \.lines)
  }
}

extension PolicyExplain.Reply {
  /// The decision and its reasons, for people.
  var lines: [String] {
    var lines = ["\(decision)\(rule.map { " by \($0)" } ?? "")"]
    if let message { lines.append("  \(Terminal.sanitized(message, limit: 500))") }
    for (index, node) in levels.enumerated() {
      lines.append("level \(index)\(index == 0 ? ", the top" : ""): \(node.hex)")
      lines += rules.filter { $0.level == index }.map(\.line)
    }
    let others = rules.filter { $0.level == nil }
    return others.isEmpty ? lines : lines + ["policy"] + others.map(\.line)
  }
}

extension PolicyExplain.Reply.Rule {
  fileprivate var line: String {
    let sign = verdict == "refuses" ? "✘" : verdict == "approve" ? "?" : "✓"
    return "  \(sign) \(rule): \(Terminal.sanitized(says, limit: 300))"
  }
}
