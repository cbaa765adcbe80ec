internal import ArgumentParser
internal import LibCrypto
internal import PurserAPI
internal import PurserCore

struct VaultExportCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write credentials of the vault for other programs.",
    discussion: """
      With --to it writes what lnget and aperture read: a directory for each domain, with the \
      token in l402.token, mode 0600; nothing is overwritten. Without ids it writes the newest \
      active credential of each service that serves every grant. With --header it prints the value \
      of one credential's Authorization header, which is a bearer secret. Either way a credential \
      leaves whole, narrowed by nothing, and the audit log says that it did. Tokens that are no \
      macaroons fit no file, and credentials for one request are not exported.
      """)

  @Argument(help: "The credentials, by id.", transform: ArgumentText.identifier)
  var credentials: [CredentialID] = []

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp("The token store to write to.", valueName: "directory"),
    completion: .directory)
  var store: String?

  @Flag(help: "Print the Authorization header of one credential.")
  var header = false

  @OptionGroup var daemon: DaemonOptions

  func validate() throws {
    guard header != (store != nil) else {
      throw ValidationError("give either --to with a directory or --header")
    }
    guard !header || credentials.count == 1 else {
      throw ValidationError("--header prints one credential: name it by its id")
    }
  }

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    guard let store else {
      for id in credentials {
        let reply = try await call.plain(VaultExport.self, .init(credential: id))
        Terminal.writeLine(reply.authorization)
      }
      return
    }
    for id in try await chosen(call) {
      let reply = try await call.plain(VaultExport.self, .init(credential: id))
      guard let text = reply.storedToken, let token = Base64.decode(text) else {
        throw CommandFailure(
          "the token of \(id.hex) is no macaroon, which no file of this kind holds",
          hint: "purser vault export \(id.hex) --header")
      }
      let path = try TokenStore.write(token, for: reply.domain, in: store)
      daemon.show(Written(credential: id, service: reply.service, file: path)) {
        ["\($0.credential.hex): \(Terminal.sanitized($0.file, limit: .max))"]
      }
    }
  }

  /// What programs read of a file that was written.
  private struct Written: Encodable {
    let credential: CredentialID
    let service: String
    let file: String
  }

  /// Those that were named, or the newest of each service that everybody may use.
  private func chosen(_ call: DaemonCall) async throws -> [CredentialID] {
    guard credentials.isEmpty else { return credentials }
    let entries = try await call.plain(VaultList.self, .init()).credentials
      .filter { $0.state == "active" && $0.scope == nil }
    guard !entries.isEmpty else { throw CommandFailure("the vault has nothing to export") }
    let newest = Dictionary(entries.map { ($0.service, $0.credential) }) { _, later in later }
    return newest.sorted { $0.key < $1.key }.map(\.value)
  }
}
