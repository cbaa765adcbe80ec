/// One thing that a `WWW-Authenticate` header offers.
public enum ChallengeOffer: Sendable, Equatable {
  /// A token for a Lightning payment.
  case l402(L402Challenge)
  /// An L402 or LSAT challenge that cannot be answered, and why.
  case malformed(L402Scheme, L402Error)
  /// An offer to serve one request for one payment, of the Payment scheme.
  case payment(PaymentChallenge)
  /// A challenge of the Payment scheme that cannot be answered, and why.
  case malformedPayment(PaymentSchemeError)
  /// A challenge of another scheme, by the name it was sent with.
  case other(scheme: String)
  /// Text that belongs to no challenge, or a header that was not read.
  case unreadable(L402Error)

  /// The L402 challenge, if this is one that can be answered.
  public var challenge: L402Challenge? {
    if case .l402(let challenge) = self { challenge } else { nil }
  }
}

/// Reads `WWW-Authenticate` headers (RFC 9110 §11.6.1).
public enum ChallengeParser {
  /// What the values of all `WWW-Authenticate` headers of one response offer, in their order.
  ///
  /// Never throws: what cannot be read is told among the offers and spoils no other. The time is
  /// linear in the length of the values; one longer than ``L402Limits/headerLength`` is not read
  /// at all, and those after the first ``L402Limits/headerCount`` are left out with one
  /// ``L402Error/tooManyHeaders``.
  public static func challenges(inHeaders values: [String]) -> [ChallengeOffer] {
    var offers: [ChallengeOffer] = []
    for value in values.prefix(L402Limits.headerCount) {
      let length = value.utf8.count
      if length > L402Limits.headerLength {
        offers.append(.unreadable(.headerTooLong(length: length)))
      } else {
        offers += ChallengeScanner.challenges(in: value).map(offer)
      }
    }
    if values.count > L402Limits.headerCount { offers.append(.unreadable(.tooManyHeaders)) }
    return offers
  }

  private static func offer(_ raw: RawChallenge) -> ChallengeOffer {
    guard let scheme = L402Scheme(named: raw.scheme) else {
      if raw.scheme.lowercased() == PaymentChallenge.scheme.lowercased() {
        return paymentOffer(raw)
      }
      if raw.scheme.isEmpty, let error = raw.error { return .unreadable(error) }
      return .other(scheme: raw.scheme)
    }
    if let error = raw.error { return .malformed(scheme, error) }
    do throws(L402Error) {
      return .l402(try L402Challenge(scheme: scheme, parameters: raw.parameters))
    } catch {
      return .malformed(scheme, error)
    }
  }

  private static func paymentOffer(_ raw: RawChallenge) -> ChallengeOffer {
    guard raw.error == nil else { return .malformedPayment(.malformed("header")) }
    do throws(PaymentSchemeError) {
      return .payment(try PaymentChallenge(parameters: raw.parameters))
    } catch {
      return .malformedPayment(error)
    }
  }
}
