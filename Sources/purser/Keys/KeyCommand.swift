internal import ArgumentParser

struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Rotate the master keys, which sign grants and seal what is stored.",
    discussion: """
      A new key signs and seals from now on; old ones verify and open until they are retired. Run \
      these as the daemon's user, whose key file they change. No key is ever printed.
      """,
    subcommands: [
      KeyListCommand.self, KeyRotateCommand.self, KeyRetireCommand.self, KeyReloadCommand.self,
    ])
}
