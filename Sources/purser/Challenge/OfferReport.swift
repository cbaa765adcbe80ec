internal import L402
internal import LibCrypto
internal import Macaroons

/// What one challenge offers, in the words of the output.
struct OfferReport: Encodable {
  let line: Int
  let scheme: String?
  let usable: Bool
  /// Why it cannot be answered.
  let reason: String?
  let version: String?
  /// `macaroon v1`, `macaroon v2`, `macaroon v2json` or `opaque`.
  let tokenKind: String?
  let token: String?
  let location: String?
  /// The macaroon's identifier in hex.
  let identifier: String?
  let paymentHash: String?
  let tokenID: String?
  let caveats: [String]?
  let invoice: String?

  enum CodingKeys: String, CodingKey {
    case line, scheme, usable, reason, version
    case tokenKind = "token_kind"
    case token, location, identifier
    case paymentHash = "payment_hash"
    case tokenID = "token_id"
    case caveats, invoice
  }

  init(of offer: ChallengeOffer, line: Int) {
    self.line = line
    let challenge = offer.challenge
    let macaroon = challenge?.macaroon
    usable = challenge != nil
    switch offer {
    case .l402(let challenge): (scheme, reason) = (challenge.scheme.rawValue, nil)
    case .malformed(let name, let error): (scheme, reason) = (name.rawValue, error.description)
    case .other(let name): (scheme, reason) = (name, "another scheme")
    case .unreadable(let error): (scheme, reason) = (nil, error.description)
    }
    version = challenge?.version
    tokenKind = (challenge?.token).map(Self.kind)
    token = challenge?.tokenText
    location = (macaroon?.location).map(PrintableText.of)
    identifier = (macaroon?.identifier).map { Hex.encode($0) }
    paymentHash = (challenge?.identifier?.paymentHash).map { Hex.encode($0) }
    tokenID = (challenge?.identifier?.tokenID).map { Hex.encode($0) }
    caveats = macaroon?.caveats.map {
      PrintableText.of($0.condition) + ($0.isThirdParty ? " (third party)" : "")
    }
    invoice = challenge?.invoice
  }

  /// The report for people: one line of heading, then a table of what there is.
  var text: String {
    let heading = "line \(line): \(scheme ?? "unreadable")\(reason.map { ", \($0)" } ?? "")"
    var rows: [(String, String?)] = [
      ("token", tokenKind), ("version", version),
      ("location", location.flatMap { $0.isEmpty ? nil : $0 }),
      ("payment hash", paymentHash), ("token id", tokenID),
      ("identifier", tokenID == nil ? identifier : nil),
    ]
    rows += (caveats ?? []).map { ("caveat", $0) }
    rows.append(("invoice", invoice))
    let table = rows.compactMap { name, value in
      value.map { "  " + name.padding(to: 14) + $0 }
    }
    return ([heading] + table).joined(separator: "\n")
  }

  private static func kind(_ token: L402Token) -> String {
    switch token {
    case .macaroon(_, .v1): "macaroon v1"
    case .macaroon(_, .v2): "macaroon v2"
    case .macaroon(_, .v2JSON): "macaroon v2json"
    case .opaque: "opaque"
    }
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
