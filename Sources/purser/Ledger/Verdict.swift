internal import ArgumentParser

/// The end of a command that checks something: what was found is printed already.
enum Verdict {
  /// Ends the program with status 1 and the sentence `fault`, when it is not `isGood`.
  static func check(_ isGood: Bool, _ fault: String) throws {
    guard !isGood else { return }
    Terminal.writeError(
      fault, hint: "stop the daemon, keep a copy of its data directory, and compare with a backup")
    throw ExitCode.failure
  }
}
