internal import L402
internal import LibCrypto
internal import Macaroons

/// What one challenge offers, as the output shows it.
struct OfferReport: Encodable {
  struct Caveat: Encodable {
    /// Nil when it is not UTF-8.
    let condition: String?
    let conditionHex: String
    let thirdParty: Bool

    enum CodingKeys: String, CodingKey {
      case condition
      case conditionHex = "condition_hex"
      case thirdParty = "third_party"
    }
  }

  /// The input line, from 1.
  let line: Int
  let scheme: String?
  /// Whether it can be answered.
  private(set) var usable: Bool
  /// Why it cannot.
  private(set) var reason: String?
  private(set) var version: String?
  /// `macaroon v1`, `macaroon v2`, `macaroon v2json` or `opaque`.
  private(set) var tokenKind: String?
  private(set) var token: String?
  private(set) var locationHex: String?
  private(set) var identifierHex: String?
  private(set) var paymentHash: String?
  private(set) var tokenID: String?
  private(set) var caveats: [Caveat]?
  private(set) var invoice: String?
  /// What a Payment challenge says beside its invoice.
  private(set) var realm: String?
  private(set) var expires: String?
  private(set) var amountSat: UInt64?

  enum CodingKeys: String, CodingKey {
    case line, scheme, usable, reason, version, token, caveats, invoice, realm, expires
    case amountSat = "amount_sat"
    case tokenKind = "token_kind"
    case locationHex = "location_hex"
    case identifierHex = "identifier_hex"
    case paymentHash = "payment_hash"
    case tokenID = "token_id"
  }

  init(unreadable reason: String, line: Int) {
    self.line = line
    scheme = nil
    usable = false
    self.reason = reason
  }

  init(of offer: ChallengeOffer, line: Int) {
    self.line = line
    usable = offer.challenge != nil
    switch offer {
    case .l402(let challenge):
      scheme = challenge.scheme.rawValue
      describe(challenge)
    case .payment(let challenge):
      scheme = PaymentChallenge.scheme
      describe(challenge)
    case .malformedPayment(let error):
      (scheme, reason) = (PaymentChallenge.scheme, error.description)
    case .malformed(let name, let error): (scheme, reason) = (name.rawValue, error.description)
    case .other(let name): (scheme, reason) = (name, "another scheme")
    case .unreadable(let error): (scheme, reason) = (nil, error.description)
    }
  }

  private mutating func describe(_ challenge: L402Challenge) {
    version = challenge.version
    tokenKind = Self.kind(of: challenge.token)
    token = challenge.tokenText
    invoice = challenge.invoice
    guard let macaroon = challenge.macaroon else { return }
    locationHex = Hex.encode(macaroon.location)
    identifierHex = Hex.encode(macaroon.identifier)
    paymentHash = (challenge.identifier?.paymentHash).map { Hex.encode($0) }
    tokenID = (challenge.identifier?.tokenID).map { Hex.encode($0) }
    caveats = macaroon.caveats.map {
      Caveat(
        condition: String(validating: $0.condition, as: UTF8.self),
        conditionHex: Hex.encode($0.condition), thirdParty: $0.isThirdParty)
    }
  }

  private mutating func describe(_ challenge: PaymentChallenge) {
    realm = challenge.realm
    expires = challenge.expires
    do throws(PaymentSchemeError) {
      let charge = try LightningCharge(of: challenge)
      invoice = charge.invoice
      amountSat = charge.amountSat
      paymentHash = charge.paymentHash
      usable = true
    } catch { reason = error.description }
  }

  private static func kind(of token: L402Token) -> String {
    switch token {
    case .macaroon(_, .v1): "macaroon v1"
    case .macaroon(_, .v2): "macaroon v2"
    case .macaroon(_, .v2JSON): "macaroon v2json"
    case .opaque: "opaque"
    }
  }
}

extension OfferReport {
  /// The report for people: a heading, then a row for each thing that there is.
  var lines: [String] {
    let name = Terminal.sanitized(scheme ?? "unreadable")
    let heading = "line \(line): \(name)\(reason.map { ", \(Terminal.sanitized($0))" } ?? "")"
    var rows: [(name: String, value: String?)] = [("token", tokenKind), ("version", version)]
    if let paymentHash {
      rows += [("payment hash", Terminal.sanitized(paymentHash)), ("token id", tokenID)]
    } else {
      rows.append(("identifier", identifierHex.map { "0x\($0)" }))
    }
    rows += (caveats ?? []).map { ("caveat", $0.shown) }
    rows += [
      ("realm", realm.map { Terminal.sanitized($0) }),
      ("amount", amountSat.map { "\($0) sat" }),
      ("expires", expires.map { Terminal.sanitized($0) }), ("invoice", invoice),
    ]
    return [heading]
      + rows.compactMap { row in
        row.value.map { "  \(row.name)\(String(repeating: " ", count: 14 - row.name.count))\($0)" }
      }
  }
}

extension OfferReport.Caveat {
  /// The condition as text if a person can read all of it, else in hex.
  fileprivate var shown: String {
    let isLegible = condition.map { Terminal.sanitized($0, limit: .max) == $0 } ?? false
    let text = isLegible ? condition ?? "" : "0x\(conditionHex)"
    return thirdParty ? "\(text) (third party)" : text
  }
}
