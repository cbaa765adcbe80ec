internal import ArgumentParser
internal import PurserConfig
internal import PurserCore

struct AuditKeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Print the public key that checkpoints are checked with.",
    discussion: "The form is name+hash+base64, a vkey: see c2sp.org/signed-note.")

  @Option(
    help: ArgumentHelp(
      "The audit key file, in place of audit.key in the usual directory.", valueName: "path"))
  var keyFile: String?

  func run() throws {
    let path = try keyFile ?? AuditPlaces.usual().auditKeyFile
    do throws(ConfigError) {
      Terminal.writeLine(try AuditKeyFile.load(path).signer.key.text)
    } catch {
      throw CommandFailure("\(error)", hint: "name the file with --key-file")
    }
  }
}
