import Foundation
import Glibc
import PurserAPI
import PurserCore
import Testing

extension EndToEnd {
  /// The passphrase of operators, typed at a terminal.
  @Suite struct PassphraseTests {
    private static let passphrase = "a horse, correct"

    /// Runs `purser` at a terminal, where `answers` are typed at their prompts.
    private static func run(
      _ installation: Installation, _ arguments: [String], answers: [(String, String)]
    ) throws -> (status: Int32, said: String) {
      let terminal = try PseudoTerminal()
      let log = "\(installation.directory)/said"
      unlink(log)
      let program = try ChildProcess(
        "purser", arguments, log: log,
        environment: ["PURSER_OPERATOR_SOCKET": installation.operatorSocket],
        terminal: terminal.path)
      defer { program.kill() }
      for (prompt, line) in answers { try terminal.answer(prompt, line) }
      let status = try program.waitForExit()
      try check(!terminal.shown.contains(passphrase), "the passphrase was shown")
      return (status, try String(contentsOfFile: log, encoding: .utf8))
    }

    @Test func `whoever changes anything as an operator is asked at the terminal`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let file = "\(installation.directory)/h/operators.passphrase"
        let unlike = try Self.run(
          installation, ["passphrase", file],
          answers: [("New", Self.passphrase), ("Again", "another")])
        try check(unlike.status == 1 && unlike.said.contains("different"), unlike.said)
        let made = try Self.run(
          installation, ["passphrase", file],
          answers: [("New", Self.passphrase), ("Again", Self.passphrase)])
        try check(made.status == 0, made.said)
        try installation.changeConfiguration {
          $0 + "\noperator_passphrase_file: operators.passphrase\n"
        }
        _ = try installation.startDaemon()
        let create = ["grant", "create", "--name", "top", "--spend", "10sat"]
        let ask = "Passphrase of operators: "
        let wrong = try Self.run(installation, create, answers: [(ask, "sesame")])
        try check(wrong.status == 3 && wrong.said.contains("not the passphrase"), wrong.said)
        let right = try waitFor("the pause after a wrong one") {
          let run = try Self.run(installation, create, answers: [(ask, Self.passphrase)])
          return run.status == 6 ? nil : run
        }
        try check(right.status == 0 && right.said.contains("purser1_"), right.said)
        // Reading asks for nothing.
        let tree = try Self.run(installation, ["grant", "tree"], answers: [])
        try check(tree.status == 0 && tree.said.contains("\"top\""), tree.said)
        // Without a terminal there is nobody to ask.
        let alone = try ChildProcess(
          "/usr/bin/env",
          ["setsid", "-w", ChildProcess.folder.appending(path: "purser").path()] + create,
          log: "\(installation.directory)/alone",
          environment: ["PURSER_OPERATOR_SOCKET": installation.operatorSocket])
        try check(try alone.waitForExit() == 3, "a program without a terminal was served")
        let log = try String(
          contentsOfFile: "\(installation.directory)/purserd.log", encoding: .utf8)
        try check(!log.contains(Self.passphrase), "the log has the passphrase")
      }
    }
  }
}
