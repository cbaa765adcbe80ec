internal import L402
internal import PurserAPI

/// Which service of the policy a URL belongs to.
enum ServiceChoice: Equatable {
  /// This one.
  case one(ServiceList.Entry)
  /// None has the URL's origin.
  case none
  /// More than one has it, and the path does not say which.
  case several([String])

  /// The service among `services` for `url`.
  ///
  /// Its origin must be the URL's to the letter. Where several share an origin, it is the one whose
  /// challenge path goes along with the URL's path for the most parts.
  static func of(_ url: FetchURL, among services: [ServiceList.Entry]) -> ServiceChoice {
    let candidates = services.filter { $0.origins.contains(url.origin) }
    guard candidates.count > 1 else { return candidates.first.map { .one($0) } ?? .none }
    let ranked = candidates.map { ($0, sharedParts($0.challengePath, url.path)) }
    let most = ranked.map(\.1).max() ?? 0
    let best = ranked.filter { $0.1 == most }
    guard most > 0, best.count == 1, let only = best.first?.0 else {
      return .several(candidates.map(\.service))
    }
    return .one(only)
  }

  private static func sharedParts(_ path: String, _ other: Substring) -> Int {
    let parts = path.prefix { $0 != "?" }.split(separator: "/")
    return zip(parts, other.split(separator: "/")).prefix { $0 == $1 }.count
  }
}

extension ServiceList.Entry {
  /// Whether the policy would pay the challenge in `headers` that is good for one request alone.
  func prefersSingleRequests(among headers: [String]) -> Bool {
    let offered = Set(
      ChallengeParser.challenges(inHeaders: headers).compactMap { offer -> String? in
        switch offer {
        case .l402(let challenge): challenge.scheme.rawValue.lowercased()
        case .payment: PaymentChallenge.scheme.lowercased()
        case .malformed, .malformedPayment, .other, .unreadable: nil
        }
      })
    return schemes.first(where: offered.contains) == PaymentChallenge.scheme.lowercased()
  }
}
