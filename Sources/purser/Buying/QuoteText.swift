internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

/// What would become of a payment, as people see it.
enum QuoteText {
  /// What a challenge costs, and what would become of paying it.
  static func facts(of reply: ChallengeQuote.Reply) -> [String] {
    TextTable.facts([
      ("service", Terminal.sanitized(reply.service)), ("amount", "\(reply.amountMsat)"),
      ("fee at most", "\(reply.feeLimitMsat)"), ("payee", Terminal.sanitized(reply.payee)),
      ("payment hash", Terminal.sanitized(reply.paymentHash)),
      ("invoice ends", TimeText.utc(seconds: reply.expiresAt)),
    ]) + lines(reply.quote)
  }

  static func lines(_ quote: SpendQuote.Reply) -> [String] {
    guard !quote.passes else {
      return ["it would pass"]
        + (quote.remainingMsat.map { ["your own limits leave \($0) for one charge"] } ?? [])
    }
    let data = (quote.refusal ?? [:]).sorted { $0.key < $1.key }
    return ["it would be refused:"]
      + TextTable.facts(data.map { ($0.key, Terminal.sanitized(text($0.value))) })
  }

  private static func text(_ value: CanonicalJSON) -> String {
    if case .string(let text) = value { text } else { value.text }
  }

  /// Ends the program as a refusal does, when the answer is no.
  static func check(_ quote: SpendQuote.Reply) throws {
    guard !quote.passes else { return }
    throw ExitCode(ExitStatus.refused.rawValue)
  }
}
