internal import LibCrypto
internal import Macaroons

/// What a seller grants on one service when it mints a token.
public struct L402Terms: Sendable, Equatable {
  /// The service and its tier.
  public let service: L402Service
  /// The capabilities granted; nil: all of them.
  public let capabilities: [String]?
  /// The unix second at which the service ends; nil: never.
  public let validUntilSeconds: Int64?

  /// Terms for one service.
  public init(
    service: L402Service, capabilities: [String]? = nil, validUntilSeconds: Int64? = nil
  ) {
    self.service = service
    self.capabilities = capabilities
    self.validUntilSeconds = validUntilSeconds
  }
}

/// The seller's side: mints challenges and verifies the credentials that come back.
///
/// It keeps nothing itself. Payment is proved by the preimage alone, so an invoice must never be
/// issued for a hash whose preimage somebody else may know.
public struct L402Seller: Sendable {
  /// What a credential that verified says.
  public struct Verified: Sendable, Equatable {
    /// The payment and the token it names.
    public let identifier: L402Identifier
    /// The name that the buyer presented it under.
    public let scheme: L402Scheme
    /// What the token allows at the service that was asked for.
    public let restrictions: L402Restrictions
  }

  private let location: [UInt8]
  private let rootKey: @Sendable (L402Identifier) -> [UInt8]?

  /// A seller whose root keys, one for each token, come from `rootKey`: from a store, where
  /// removing a key revokes its token, or derived.
  /// - Parameters:
  ///   - location: The macaroons' location, a hint that nothing verifies.
  ///   - rootKey: The key of a token, 32 bytes, or nil for a token that is unknown or revoked.
  public init(
    location: String = "", rootKey: @escaping @Sendable (L402Identifier) -> [UInt8]?
  ) {
    self.location = Array(location.utf8)
    self.rootKey = rootKey
  }

  /// A seller without a store: each root key is
  /// `HKDF-SHA256(masterKey, info = "l402/root-key" ‖ identifier)`.
  /// - Parameters:
  ///   - location: The macaroons' location, a hint that nothing verifies.
  ///   - masterKey: 32 random bytes, kept secret.
  public init(location: String = "", masterKey: [UInt8]) {
    self.init(location: location) { identifier in
      HKDFSHA256.deriveKey(
        inputKey: masterKey, info: Array("l402/root-key".utf8) + identifier.encoded)
    }
  }

  /// A challenge for one payment.
  /// - Parameters:
  ///   - paymentHash: The payment hash of `invoice`, 32 bytes.
  ///   - tokenID: 32 random bytes, new for each token.
  ///   - invoice: The BOLT 11 invoice that the buyer is to pay.
  ///   - terms: What the token grants, in the order in which it names the services; none: no
  ///     restriction at all.
  /// - Throws: ``L402Error/identifierField``, ``L402Error/unknownToken`` when there is no root
  ///   key, ``L402Error/badName(_:)``, ``L402Error/emptyList``,
  ///   ``L402Error/wideningCaveat(condition:)`` for terms that name a service twice and widen it,
  ///   or what ``L402Challenge/init(scheme:macaroon:format:invoice:)`` throws.
  public func mint(
    paymentHash: [UInt8], tokenID: [UInt8], invoice: String, terms: [L402Terms]
  ) throws(L402Error) -> L402Challenge {
    let identifier = try L402Identifier(paymentHash: paymentHash, tokenID: tokenID)
    guard let key = rootKey(identifier) else { throw .unknownToken }
    var macaroon: Macaroon
    do {
      macaroon = try Macaroon(
        rootKey: key, identifier: identifier.encoded, location: location)
    } catch {
      throw .macaroonTooLarge
    }
    for caveat in try Self.caveats(of: terms) { macaroon = try macaroon.appending(caveat) }
    for term in terms { _ = try L402Restrictions(of: macaroon, service: term.service.name) }
    return try L402Challenge(macaroon: macaroon, invoice: invoice)
  }

  /// Verifies the values of all `Authorization` headers of one request: the first credential that
  /// verifies counts. (The reference client sends one under each scheme.)
  /// - Throws: ``L402Error/tooManyHeaders``, ``L402Error/noCredential``, or why the last
  ///   credential was refused.
  public func verify(
    authorization values: [String], service: String, capability: String? = nil,
    nowSeconds: Int64
  ) throws(L402Error) -> Verified {
    guard values.count <= L402Limits.headerCount else { throw .tooManyHeaders }
    var refusal = L402Error.noCredential
    for value in values {
      do throws(L402Error) {
        let credential = try L402Credential(authorization: value)
        return try verify(
          credential, service: service, capability: capability, nowSeconds: nowSeconds)
      } catch {
        if error != .noCredential { refusal = error }
      }
    }
    throw refusal
  }

  /// Verifies one credential: of several macaroons, the first one that verifies counts.
  ///
  /// For each: the preimage against the payment hash, then the signature, then the caveats that
  /// bear on `service`; caveats that it does not know are skipped.
  /// - Throws: ``L402Error/notMacaroon`` for an opaque token, or why the last macaroon was
  ///   refused.
  public func verify(
    _ credential: L402Credential, service: String, capability: String? = nil, nowSeconds: Int64
  ) throws(L402Error) -> Verified {
    var refusal = L402Error.notMacaroon
    for macaroon in credential.macaroons {
      do throws(L402Error) {
        let identifier = try verifyOrigin(of: macaroon, preimage: credential.preimage)
        let restrictions = try L402Restrictions(of: macaroon, service: service)
        try restrictions.check(capability: capability, nowSeconds: nowSeconds)
        return Verified(
          identifier: identifier, scheme: credential.scheme, restrictions: restrictions)
      } catch {
        refusal = error
      }
    }
    throw refusal
  }

  private func verifyOrigin(
    of macaroon: Macaroon, preimage: [UInt8]
  ) throws(L402Error) -> L402Identifier {
    let identifier = try L402Identifier(decoding: macaroon.identifier)
    guard constantTimeEqual(SHA256.hash(preimage), identifier.paymentHash) else {
      throw .wrongPreimage
    }
    guard let key = rootKey(identifier) else { throw .unknownToken }
    do { try macaroon.verifySignature(rootKey: key) } catch { throw .badSignature }
    return identifier
  }

  private static func caveats(of terms: [L402Terms]) throws(L402Error) -> [[UInt8]] {
    guard !terms.isEmpty else { return [] }
    var caveats = [try L402Caveats.services(terms.map(\.service))]
    for term in terms {
      guard let capabilities = term.capabilities else { continue }
      caveats.append(try L402Caveats.capabilities(capabilities, of: term.service.name))
    }
    for term in terms {
      guard let seconds = term.validUntilSeconds else { continue }
      caveats.append(try L402Caveats.validUntil(seconds, for: term.service.name))
    }
    return caveats
  }
}
