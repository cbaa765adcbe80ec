internal import ArgumentParser
internal import LibCrypto
internal import PurserConfig
internal import PurserCore

struct PassphraseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "passphrase",
    abstract: "Make a file with which the daemon checks a passphrase of operators.",
    discussion: """
      It asks at the terminal. Name the file as operator_passphrase_file in config.yaml and start \
      the daemon anew: from then on whoever changes anything as an operator is asked for it. To \
      change it, remove the file and make another.
      """)

  @Argument(help: "The file, which must not be there yet.")
  var file: String

  func run() throws {
    var first = try PassphrasePrompt.ask("New passphrase of operators: ")
    defer { wipe(&first) }
    var second = try PassphrasePrompt.ask("Again: ")
    defer { wipe(&second) }
    guard first == second else { throw CommandFailure("these are two different passphrases") }
    guard let passphrase = OperatorPassphrase(first, salt: randomBytes(16)) else {
      throw CommandFailure("a passphrase has 1 to 1024 bytes")
    }
    do throws(ConfigError) { try PassphraseFile.create(file, passphrase) } catch {
      throw CommandFailure("\(error)")
    }
    Terminal.writeLine("made \(Terminal.sanitized(file))")
  }
}
