public import Macaroons

/// What a token allows at one service, as the reference seller reads its caveats.
///
/// Of the caveats with one condition each must be at most as wide as the one before it, and the
/// last one decides; caveats with other conditions are skipped (L402, macaroon-spec.md,
/// "Verification", step 3). The reference seller checks services and time, and leaves
/// capabilities to the service behind it.
public struct L402Restrictions: Sendable, Equatable {
  /// The service that was asked about.
  public let service: String
  /// The services that the token names; nil: all of them.
  public let services: [L402Service]?
  /// The capabilities of the service that the token names; nil: all of them.
  public let capabilities: [String]?
  /// The unix second at which the token stops being good for the service; nil: never.
  public let validUntilSeconds: Int64?

  /// Reads the caveats of `macaroon` that bear on `service`; the signature is not looked at.
  /// - Throws: ``L402Error/malformedCaveat(condition:)`` or
  ///   ``L402Error/wideningCaveat(condition:)``: the seller refuses such a token.
  public init(of macaroon: Macaroon, service: String) throws(L402Error) {
    self.service = service
    services = try Self.last(
      L402Caveats.servicesCondition, in: macaroon, read: L402Caveats.readServices
    ) { Self.isSubset($0.map(\.name), of: $1.map(\.name)) }
    capabilities = try Self.last(
      L402Caveats.capabilitiesCondition(service), in: macaroon, read: L402Caveats.readCapabilities,
      isNarrower: Self.isSubset)
    validUntilSeconds = try Self.last(
      L402Caveats.validUntilCondition(service), in: macaroon, read: L402Caveats.readValidUntil
    ) { $0 <= $1 }
  }

  /// Whether the seller serves a request with this token now.
  /// - Parameters:
  ///   - capability: The capability that the request needs; nil leaves capabilities unchecked, as
  ///     the reference seller does.
  ///   - nowSeconds: The seller's clock, in unix seconds.
  /// - Throws: ``L402Error/serviceNotAllowed(_:)``, ``L402Error/capabilityNotAllowed(_:)`` or
  ///   ``L402Error/expired(validUntilSeconds:)``.
  public func check(capability: String? = nil, nowSeconds: Int64) throws(L402Error) {
    if let services, !Self.isSubset([service], of: services.map(\.name)) {
      throw .serviceNotAllowed(service)
    }
    if let capability, let capabilities, !Self.isSubset([capability], of: capabilities) {
      throw .capabilityNotAllowed(capability)
    }
    if let validUntilSeconds, nowSeconds >= validUntilSeconds {
      throw .expired(validUntilSeconds: validUntilSeconds)
    }
  }

  /// The last value with this condition, once each was found at most as wide as the one before.
  private static func last<Value>(
    _ condition: String, in macaroon: Macaroon, read: (ArraySlice<UInt8>) -> Value?,
    isNarrower: (Value, Value) -> Bool
  ) throws(L402Error) -> Value? {
    var last: Value?
    for bytes in L402Caveats.values(of: condition, in: macaroon) {
      guard let value = read(bytes) else { throw .malformedCaveat(condition: condition) }
      if let last, !isNarrower(value, last) { throw .wideningCaveat(condition: condition) }
      last = value
    }
    return last
  }

  static func isSubset(_ names: [String], of others: [String]) -> Bool {
    let allowed = Set(others.map { Array($0.utf8) })
    return names.allSatisfy { allowed.contains(Array($0.utf8)) }
  }
}
