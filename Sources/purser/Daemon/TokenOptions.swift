internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import PurserCore

/// Where a grant token comes from; never from an argument, which other users can see.
struct TokenOptions: ParsableArguments {
  static let variable = "PURSER_TOKEN"

  @Option(
    help: ArgumentHelp(
      "A file with the grant token, '-' for standard input; else PURSER_TOKEN has it.",
      valueName: "path"))
  var tokenFile: String?

  /// Whether reading the token uses up standard input.
  var usesStandardInput: Bool { tokenFile == "-" }

  /// The token's text; nil when there is neither file nor variable.
  /// - Throws: ``CommandFailure`` when there is one and it holds no token.
  func read() throws -> String? {
    if let tokenFile { return try SecretInput.line(in: tokenFile, of: Self.length, "the token") }
    guard let text = ProcessInfo.processInfo.environment[Self.variable] else { return nil }
    // An empty one is what `PURSER_TOKEN=$(…)` leaves when the command failed: to go on as an
    // operator would give that mistake every right there is.
    guard !text.isEmpty else {
      throw CommandFailure(
        "\(Self.variable) is set but empty",
        hint: "put a token into it, or unset it to act as an operator",
        status: .unauthenticated, reason: "unauthenticated")
    }
    return text
  }

  /// The token's text, for commands that act at a grant.
  /// - Throws: ``CommandFailure`` when there is none.
  func readRequired() throws -> String {
    guard let text = try read() else {
      throw CommandFailure(
        "there is no grant token", hint: "set \(Self.variable), or give --token-file",
        status: .unauthenticated, reason: "unauthenticated")
    }
    return text
  }

  /// The token itself, for commands that need no daemon: from standard input when there is
  /// neither file nor variable.
  func parse() throws -> GrantToken {
    var text = try read()
    if text == nil, isatty(STDIN_FILENO) == 0 {
      text = try SecretInput.line(in: "-", of: Self.length, "the token")
    }
    guard let text else {
      throw CommandFailure(
        "there is no grant token",
        hint: "set \(Self.variable), give --token-file, or pipe the token in",
        status: .unauthenticated, reason: "unauthenticated")
    }
    do throws(GrantTokenError) { return try GrantToken(parsing: text) } catch {
      throw CommandFailure(
        "the token is not read: \(error)", status: .unauthenticated, reason: "unauthenticated")
    }
  }

  private static let length = GrantToken.maximumLength
}
