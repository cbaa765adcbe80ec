/// Makes text from a wallet fit for a log or an error.
struct WalletText: Sendable {
  private static let maximumLength = 200

  /// What never leaves this process.
  let secrets: [String]

  /// `text` without secrets, control and bidirectional characters, and not long.
  func cleaned(_ text: String) -> String {
    var text = text
    for secret in secrets where !secret.isEmpty { text = text.replacing(secret, with: "[key]") }
    return CleanText.line(text, maximum: Self.maximumLength)
  }
}
