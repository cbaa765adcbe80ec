internal import ArgumentParser
internal import Glibc

extension Purser {
  /// Runs the command line.
  ///
  /// Exit codes: 0 done, 1 refused or failed, 64 wrong usage.
  static func main() {
    do {
      var command = try parseAsRoot(splittingEmptyValues(CommandLine.arguments.dropFirst()))
      try command.run()
    } catch let failure as CommandFailure {
      Terminal.writeError(failure.message, hint: failure.hint)
      Glibc.exit(ExitCode.failure.rawValue)
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      Terminal.writeError(message(for: error), hint: helpHint(for: error))
      Glibc.exit(ExitCode.validationFailure.rawValue)
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
