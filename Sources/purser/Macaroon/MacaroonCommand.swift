internal import ArgumentParser

struct MacaroonCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "macaroon",
    abstract: "Mint, verify, narrow and read macaroons; anybody's, and with no daemon.",
    subcommands: [
      MacaroonMint.self, MacaroonVerify.self, MacaroonAttenuate.self, MacaroonInspect.self,
    ])
}
