internal import ArgumentParser
internal import Macaroons

struct MacaroonAttenuate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attenuate",
    abstract: "Append caveats to a macaroon; needs no key.",
    discussion: "Prints the new token in the format of the old one.")

  @Option(
    name: .customLong("caveat"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A first-party caveat to append; may be repeated.", valueName: "condition"))
  var caveats: [String] = []

  @OptionGroup var input: TokenArgument

  func validate() throws {
    guard !caveats.isEmpty else { throw ValidationError("give at least one --caveat") }
  }

  func run() throws {
    try input.forEach { read, line in
      let place = input.isStandardInput ? "line \(line): " : ""
      let text = try failing("\(place)cannot attenuate") { () throws(MacaroonError) in
        let original = try read.get()
        var macaroon = original.macaroon
        for caveat in caveats { macaroon = try macaroon.attenuated(with: caveat) }
        return try macaroon.text(original.format)
      }
      Terminal.writeLine(text)
    }
  }
}
