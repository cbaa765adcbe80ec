internal import L402
internal import LibCrypto
internal import Macaroons
internal import PurserCore

/// Sells tokens and looks at those that come back.
struct Till: Sendable {
  let seller: L402Seller
  let wallet: any Wallet
  let scheme: L402Scheme
  let tokenLifetimeSeconds: UInt64
  let invoiceExpirySeconds: UInt64
  let now: @Sendable () -> Timestamp

  /// Which token a request is about.
  struct Ticket: Sendable, Equatable {
    let identifier: L402Identifier
    var tokenID: String { Hex.encode(identifier.tokenID) }
    var paymentHash: String { Hex.encode(identifier.paymentHash) }
  }

  enum Verdict: Sendable, Equatable {
    case admitted(Ticket)
    /// `ticket` is what the refused token says of itself, if it can be read.
    case refused(RefusalReason, ticket: Ticket?)
  }

  /// Whether the `Authorization` headers of a request pay for `resource`.
  func examine(authorization: [String], for resource: Resource) -> Verdict {
    do throws(L402Error) {
      let verified = try seller.verify(
        authorization: authorization, service: resource.service, capability: resource.capability,
        nowSeconds: Int64(clamping: now().seconds))
      let ticket = Ticket(identifier: verified.identifier)
      // Sellers that offer the old name often know no other; so does this one.
      guard scheme == .l402 || verified.scheme == scheme else {
        return .refused(.wrongScheme, ticket: ticket)
      }
      return .admitted(ticket)
    } catch {
      return .refused(RefusalReason(error), ticket: claimedTicket(authorization))
    }
  }

  /// A fresh invoice and the token that its preimage completes.
  func challenge(
    for resource: Resource
  ) async throws -> (header: String, ticket: Ticket) {
    let invoice = try Invoice(
      decoding: try await wallet.createInvoice(
        InvoiceRequest(
          amount: resource.price, description: "\(resource.service): \(resource.path)",
          expirySeconds: invoiceExpirySeconds)))
    let tokenID = randomBytes(32)
    let validUntil = now().adding(milliseconds: tokenLifetimeSeconds &* 1000).seconds
    let challenge = try seller.mint(
      paymentHash: invoice.paymentHash, tokenID: tokenID, invoice: invoice.text,
      terms: [
        L402Terms(
          service: L402Service(name: resource.service), capabilities: resource.grants,
          validUntilSeconds: Int64(clamping: validUntil))
      ])
    let identifier = try L402Identifier(paymentHash: invoice.paymentHash, tokenID: tokenID)
    return (challenge.headerValue(as: scheme), Ticket(identifier: identifier))
  }

  private func claimedTicket(_ authorization: [String]) -> Ticket? {
    for value in authorization.prefix(L402Limits.headerCount) {
      guard let credential = try? L402Credential(authorization: value),
        let macaroon = credential.macaroons.first,
        let identifier = try? L402Identifier(decoding: macaroon.identifier)
      else { continue }
      return Ticket(identifier: identifier)
    }
    return nil
  }
}

/// Why a request is not served, as the access log and the answer say it.
enum RefusalReason: String, Sendable, Encodable {
  case noCredential = "no_credential"
  case badCredential = "bad_credential"
  case unknownToken = "unknown_token"
  case badSignature = "bad_signature"
  case wrongPreimage = "wrong_preimage"
  case wrongScheme = "wrong_scheme"
  case malformedCaveat = "malformed_caveat"
  case wideningCaveat = "widening_caveat"
  case serviceNotAllowed = "service_not_allowed"
  case capabilityNotAllowed = "capability_not_allowed"
  case expired = "expired"

  init(_ error: L402Error) {
    self =
      switch error {
      case .noCredential: .noCredential
      case .unknownToken: .unknownToken
      case .badSignature: .badSignature
      case .wrongPreimage: .wrongPreimage
      case .malformedCaveat: .malformedCaveat
      case .wideningCaveat: .wideningCaveat
      case .serviceNotAllowed: .serviceNotAllowed
      case .capabilityNotAllowed: .capabilityNotAllowed
      case .expired: .expired
      default: .badCredential
      }
  }
}
