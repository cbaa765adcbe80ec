internal import ArgumentParser
internal import LibCrypto
internal import Macaroons
internal import PurserCore

struct TokenAttenuateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attenuate",
    abstract: "Make a grant below a token's own, offline, and print its token.",
    discussion: """
      Opens a new level, a budget with its own counter, and appends its limits. A limit wider \
      than one above it does no harm: all of them hold. The daemon meets the grant when it is \
      first used; until then it stands in no tree.
      """)

  @OptionGroup(title: "Limits") var limits: GrantLimitOptions

  @Flag(help: "Print JSON: the token, and the id that its grant will have.")
  var json = false

  @OptionGroup var token: TokenOptions

  private struct Report: Encodable {
    let node: NodeID
    let token: String
  }

  func run() throws {
    let parent = try token.parse()
    let opened: GrantToken
    let narrowed: GrantToken
    do throws(GrantTokenError) {
      opened = try parent.attenuated(with: [.grant(randomBytes(16))])
      narrowed = try opened.attenuated(with: limits.caveats(now: TimeText.now()))
    } catch {
      throw CommandFailure("the token cannot be narrowed: \(error)")
    }
    if let fault = UnverifiedToken(narrowed).faults.first {
      throw CommandFailure(
        "every daemon would refuse the new token: \(fault)",
        hint: "'purser token inspect' shows the levels and caveats of the old one")
    }
    guard json else { return Terminal.writeLine(narrowed.text) }
    let node = NodeID(openedBySignature: opened.macaroon.signature)
    Terminal.writeLine(JSONLine.text(Report(node: node, token: narrowed.text)))
  }
}
