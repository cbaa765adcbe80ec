internal import Glibc

/// One line on standard error that says how far something is: again and again in place on a
/// terminal, a line each time elsewhere.
final class ProgressLine {
  private let isTerminal: Bool
  private let isOn: Bool
  private var next: ContinuousClock.Instant
  private var isShown = false
  /// What is done sooner is not worth a line.
  private static let patience = Duration.seconds(1)

  /// A line that is shown on a terminal, and elsewhere when it is `isForced`.
  init(isForced: Bool) {
    isTerminal = isatty(STDERR_FILENO) != 0
    isOn = isForced || isTerminal
    next = isForced ? .now : .now + Self.patience
  }

  /// Shows `text`, unless it is too soon.
  func show(_ text: @autoclosure () -> String) {
    guard isOn, ContinuousClock.now >= next else { return }
    next = .now + Self.patience
    isShown = true
    Self.write(isTerminal ? "\r\(text())\u{1b}[K" : text() + "\n")
  }

  /// Takes the line away from a terminal.
  func clear() {
    if isTerminal, isShown { Self.write("\r\u{1b}[K") }
  }

  private static func write(_ text: String) {
    let bytes = Array(text.utf8)
    // It is only told: what cannot be written is left out.
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
