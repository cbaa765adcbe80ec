internal import ArgumentParser
internal import L402
internal import LibCrypto
internal import PurserAPI
internal import PurserConfig
internal import PurserCore

struct VaultImportCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Put credentials that were paid elsewhere into the vault.",
    discussion: """
      Reads one line 'L402 <token>:<preimage>', the value of its Authorization header, from the \
      file or from standard input, with or without the header's name. With --tokens it reads what \
      lnget and aperture keep: a store (one directory for each domain), one directory, or one \
      file. Which service a token is for is what the policy's origins say of its domain, unless a \
      service is named. Tokens that were not paid are passed over. Every grant that may use the \
      service gets copies.
      """)

  @Argument(help: "The service, by its id in the policy.", transform: ArgumentText.name)
  var service: String?

  @Option(
    help: ArgumentHelp(
      "The file with the credential; '-', the default, for standard input.", valueName: "path"))
  var credentialFile: String?

  @Option(
    help: ArgumentHelp(
      "A token store of lnget or aperture, a directory of it, or a file l402.token.",
      valueName: "path"), completion: .file())
  var tokens: String?

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func validate() throws {
    guard tokens == nil || credentialFile == nil else {
      throw ValidationError("give either --tokens or --credential-file")
    }
    guard tokens != nil || service != nil else {
      throw ValidationError("name the service that the credential is for")
    }
  }

  func run() async throws {
    if let tokens { return try await importStore(at: tokens) }
    let line = try SecretInput.line(
      in: credentialFile ?? "-", of: L402Limits.headerLength,
      "a credential 'L402 <token>:<preimage>'")
    let name = "authorization:"
    let hasName = line.prefix(name.count).lowercased() == name
    let value = hasName ? line.dropFirst(name.count).drop { $0 == " " } : line[...]
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.change(
      VaultImport.self,
      VaultImport.Parameters(service: service ?? "", authorization: String(value)), repeating)
    daemon.show(reply, as: VaultText.facts)
  }

  /// Imports each token; one that cannot be is told, and the others come in all the same.
  private func importStore(at path: String) async throws {
    let files = try TokenStore.files(at: path)
    guard repeating.idempotencyKey == nil || files.count == 1 else {
      throw CommandFailure(
        "one key cannot stand for \(files.count) tokens",
        hint: "leave out --idempotency-key, or name one file")
    }
    let call = try DaemonCall.asOperator(daemon)
    var failures = 0
    for file in files {
      let shown = Terminal.sanitized(file.path)
      guard !file.isPending else {
        Terminal.writeNote("\(shown) was not paid and is passed over")
        continue
      }
      do {
        let bytes = try SecretFile.read(file.path)
        let reply = try await call.change(
          VaultImport.self,
          VaultImport.Parameters(
            service: service, domain: service == nil ? file.domain : nil,
            storedToken: Base64.encode(bytes, .standard)), repeating)
        daemon.show(reply) {
          ["\(shown): \($0.credential.hex) for \(Terminal.sanitized($0.service))"]
        }
      } catch {
        failures += 1
        let reason = (error as? CommandFailure)?.message ?? "\(error)"
        Terminal.writeError("\(shown): \(Terminal.sanitized(reason, limit: 500))")
      }
    }
    guard failures == 0 else {
      throw CommandFailure("\(failures) of \(files.count) tokens were not imported")
    }
  }
}
