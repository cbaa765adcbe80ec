internal import ArgumentParser
internal import LibCrypto
internal import Macaroons

struct MacaroonMint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mint", abstract: "Mint a macaroon and print it.",
    discussion: "Prints base64url without padding, or JSON for v2json.")

  @OptionGroup var key: RootKeyOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The identifier, in hex.", valueName: "hex"))
  var identifier: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A hint of where the macaroon is used.", valueName: "text"))
  var location = ""

  @Option(
    name: .customLong("caveat"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A first-party caveat; may be repeated.", valueName: "condition"))
  var caveats: [String] = []

  @Option(help: "The format: v1, v2 or v2json.")
  var format = FormatArgument.v2

  func validate() throws {
    guard Hex.decode(identifier) != nil else {
      throw ValidationError("--identifier is not an even number of hex digits")
    }
  }

  func run() throws {
    guard let identifier = Hex.decode(identifier) else { return }
    let rootKey = try key.read()
    let text = try failing("cannot mint") { () throws(MacaroonError) in
      var macaroon = try Macaroon(
        rootKey: rootKey, identifier: identifier, location: Array(location.utf8))
      for caveat in caveats { macaroon = try macaroon.attenuated(with: caveat) }
      return try macaroon.text(format.format)
    }
    Terminal.writeLine(text)
  }
}

/// A macaroon's format as people write it.
enum FormatArgument: String, CaseIterable, ExpressibleByArgument {
  case v1, v2, v2json

  init(_ format: MacaroonFormat) {
    self =
      switch format {
      case .v1: .v1
      case .v2: .v2
      case .v2JSON: .v2json
      }
  }

  var format: MacaroonFormat {
    switch self {
    case .v1: .v1
    case .v2: .v2
    case .v2json: .v2JSON
    }
  }
}
