internal import ArgumentParser
internal import FoundationEssentials
internal import LibCrypto
internal import Macaroons

struct MacaroonInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a macaroon says, without verifying it.",
    discussion: """
      Whoever sees the signature can use the token: keep the output as secret as the token. With \
      --json there is one object per token, on one line.
      """)

  @Flag(help: "Print JSON: every field in hex, and as text where it is UTF-8.")
  var json = false

  @OptionGroup var input: TokenArgument

  func run() throws {
    try input.forEach { read, line in
      let place = input.isStandardInput ? "line \(line): " : ""
      let token = try failing("\(place)cannot read the token") { () throws(MacaroonError) in
        try read.get()
      }
      if json {
        Terminal.writeLine(try Self.json(MacaroonReport(token)))
      } else {
        if line > 1 { Terminal.writeLine("") }
        Self.lines(token).forEach(Terminal.writeLine)
      }
    }
  }

  private static func json(_ report: MacaroonReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }

  private static func lines(_ token: ReadMacaroon) -> [String] {
    let macaroon = token.macaroon
    var lines = [
      "format      \(FormatArgument(token.format).rawValue)",
      "location    \(shown(macaroon.location))",
      "identifier  \(shown(macaroon.identifier))",
    ]
    for (index, caveat) in macaroon.caveats.enumerated() {
      lines.append("caveat \(index + 1)".padded(to: 12) + shown(caveat.condition))
      guard let verificationID = caveat.verificationID else { continue }
      lines.append("  third party at \(shown(caveat.location ?? []))")
      lines.append("  verification id \(shown(verificationID))")
    }
    return lines + ["signature   \(Hex.encode(macaroon.signature))"]
  }

  /// The field as text if a person can read all of it, else in hex.
  private static func shown(_ field: some Collection<UInt8>) -> String {
    guard !field.isEmpty else { return "(empty)" }
    let text = String(validating: field, as: UTF8.self)
    if let text, Terminal.sanitized(text, limit: .max) == text { return text }
    return "0x\(Hex.encode(field))"
  }
}

/// What `--json` prints of a macaroon.
private struct MacaroonReport: Encodable {
  struct Caveat: Encodable {
    let condition: String?
    let conditionHex: String
    let thirdParty: Bool
    let location: String?
    let locationHex: String?
    let verificationIDHex: String?

    enum CodingKeys: String, CodingKey {
      case condition, location
      case conditionHex = "condition_hex"
      case thirdParty = "third_party"
      case locationHex = "location_hex"
      case verificationIDHex = "verification_id_hex"
    }
  }

  let format: String
  let location: String?
  let locationHex: String
  let identifier: String?
  let identifierHex: String
  let caveats: [Caveat]
  let signature: String

  enum CodingKeys: String, CodingKey {
    case format, location, identifier, caveats, signature
    case locationHex = "location_hex"
    case identifierHex = "identifier_hex"
  }

  init(_ token: ReadMacaroon) {
    let macaroon = token.macaroon
    format = FormatArgument(token.format).rawValue
    location = String(validating: macaroon.location, as: UTF8.self)
    locationHex = Hex.encode(macaroon.location)
    identifier = String(validating: macaroon.identifier, as: UTF8.self)
    identifierHex = Hex.encode(macaroon.identifier)
    signature = Hex.encode(macaroon.signature)
    caveats = macaroon.caveats.map { caveat in
      Caveat(
        condition: String(validating: caveat.condition, as: UTF8.self),
        conditionHex: Hex.encode(caveat.condition), thirdParty: caveat.isThirdParty,
        location: caveat.location.flatMap { String(validating: $0, as: UTF8.self) },
        locationHex: caveat.location.map { Hex.encode($0) },
        verificationIDHex: caveat.verificationID.map { Hex.encode($0) })
    }
  }
}

extension String {
  /// With spaces at the end up to `width` characters, and at least one.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
