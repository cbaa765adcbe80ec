internal import ArgumentParser
internal import Glibc

extension Purser {
  /// Runs the command line.
  ///
  /// Exit codes:
  /// - 0 done
  /// - 1 failed
  /// - 3 refused by a limit or a rule: `budget_exceeded`, `forbidden`, `expired`, `revoked`,
  ///   `frozen`, `approval_required`
  /// - 4 unauthenticated: no token, or one that is not accepted
  /// - 5 the daemon is unreachable, or the connection ended before its answer
  /// - 6 try again: `overloaded`, `payment_pending`
  /// - 7 the seller or the wallet refused: `payment_failed`, `upstream`
  /// - 64 wrong usage
  ///
  /// An error is a line on standard error. A command that talks to the daemon and prints JSON
  /// prints one object in any case: the reply, or `{"error":{…}}`.
  static func main() async {
    var wantsJSON = false
    do {
      var command = try parseAsRoot(splittingEmptyValues(CommandLine.arguments.dropFirst()))
      wantsJSON = (command as? any DaemonCommand)?.printsJSON ?? false
      if var waiting = command as? any AsyncParsableCommand {
        try await waiting.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      if wantsJSON { Terminal.writeLine(JSONLine.text(failure.report)) }
      Terminal.writeError(failure.message, hint: failure.hint)
      Glibc.exit(failure.status.rawValue)
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      Terminal.writeError(message(for: error), hint: helpHint(for: error))
      Glibc.exit(ExitStatus.usage.rawValue)
    }
  }

  /// `--name=` as the two arguments `--name` and an empty one.
  ///
  /// ArgumentParser takes the argument after `--name=` for its value, which would swallow another
  /// option.
  private static func splittingEmptyValues(_ arguments: some Collection<String>) -> [String] {
    let terminator = "--"
    let options = arguments.prefix { $0 != terminator }
    let split = options.flatMap { argument in
      argument.hasPrefix(terminator) && argument.firstIndex(of: "=") == argument.indices.last
        ? [String(argument.dropLast()), ""] : [argument]
    }
    return split + arguments.dropFirst(options.count)
  }

  /// The line of the parser's own message that names the help to read.
  private static func helpHint(for error: any Error) -> String? {
    fullMessage(for: error).split(separator: "\n").last { $0.contains("--help") }
      .map { line in
        let text = line.drop { $0 == " " }
        return text.hasPrefix("See") ? "s" + text.dropFirst() : String(text)
      }
  }
}
