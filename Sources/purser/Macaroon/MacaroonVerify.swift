internal import ArgumentParser
internal import Macaroons

struct MacaroonVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a macaroon's signature and that every caveat is one of those given.",
    discussion: """
      Prints 'ok' and exits with 0, or says why not and exits with 1. With '-' there is one line \
      for each token, 'ok' or 'refused: …', and the exit code is 0 when all are ok. Third-party \
      caveats are refused, for there is nobody to discharge them.
      """)

  @OptionGroup var key: RootKeyOptions

  @Option(
    name: .customLong("caveat"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A first-party caveat that is accepted; may be repeated.", valueName: "condition"))
  var caveats: [String] = []

  @OptionGroup var input: TokenArgument

  func validate() throws {
    guard !(key.usesStandardInput && input.isStandardInput) else {
      throw ValidationError("the root key and the tokens cannot both come from standard input")
    }
  }

  func run() throws {
    let rootKey = try key.read()
    let accepted = Set(caveats.map { Array($0.utf8) })
    var isAllAccepted = true
    try input.forEach { read, _ in
      let reason = refusal(of: read, rootKey: rootKey, accepted: accepted)
      guard let reason else { return Terminal.writeLine("ok") }
      guard input.isStandardInput else { throw CommandFailure("refused: \(reason)") }
      isAllAccepted = false
      Terminal.writeLine("refused: \(reason)")
    }
    if !isAllAccepted { throw ExitCode.failure }
  }

  private func refusal(
    of read: Result<ReadMacaroon, MacaroonError>, rootKey: [UInt8], accepted: Set<[UInt8]>
  ) -> String? {
    do throws(MacaroonError) {
      let macaroon = try read.get().macaroon
      do throws(MacaroonError) {
        try macaroon.verify(rootKey: rootKey) { accepted.contains(Array($0)) }
        return nil
      } catch .caveatRefused(let index) {
        let condition = Terminal.sanitized(
          String(decoding: macaroon.caveats[index].condition, as: UTF8.self))
        return "caveat \(index + 1) is none of those given: \(condition)"
      }
    } catch {
      return "\(error)"
    }
  }
}
