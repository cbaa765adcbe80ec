public import Macaroons

/// What a copy of a paid token is to be good for, in the seller's own names.
public struct L402Narrowing: Sendable, Equatable {
  /// The one service to allow.
  public let service: String
  /// The capabilities to allow; nil: as many as the token has.
  public let capabilities: [String]?
  /// The unix second at which the copy stops being good; nil: when the token does.
  public let validUntilSeconds: Int64?
  /// Whether a `services` caveat may be added; some sellers refuse tokens that carry one.
  public let namesService: Bool

  /// A request for a copy that is good for this and no more.
  public init(
    service: String, capabilities: [String]? = nil, validUntilSeconds: Int64? = nil,
    namesService: Bool = true
  ) {
    self.service = service
    self.capabilities = capabilities
    self.validUntilSeconds = validUntilSeconds
    self.namesService = namesService
  }
}

extension Macaroon {
  /// A copy that allows what `narrowing` asks and nothing that this token does not allow.
  ///
  /// Only caveats that say something new are added, so a token that is as tight already comes
  /// back as it is, and one that ends sooner keeps its own end. Read ``L402Restrictions`` of the
  /// copy for what it allows in the end.
  /// - Throws: ``L402Error/serviceNotAllowed(_:)`` or ``L402Error/capabilityNotAllowed(_:)`` for
  ///   a request that would widen the token: the seller would refuse such a copy.
  ///   ``L402Error/malformedCaveat(condition:)`` or ``L402Error/wideningCaveat(condition:)`` when
  ///   the seller would refuse this token already; ``L402Error/emptyList``,
  ///   ``L402Error/badName(_:)`` or ``L402Error/macaroonTooLarge``.
  public func narrowed(to narrowing: L402Narrowing) throws(L402Error) -> Macaroon {
    let present = try L402Restrictions(of: self, service: narrowing.service)
    var copy = self
    for caveat in [
      try present.servicesCaveat(for: narrowing), try present.capabilitiesCaveat(for: narrowing),
      try present.validUntilCaveat(for: narrowing),
    ] {
      if let caveat { copy = try copy.appending(caveat) }
    }
    return copy
  }
}

extension L402Restrictions {
  fileprivate func servicesCaveat(for narrowing: L402Narrowing) throws(L402Error) -> [UInt8]? {
    let own = services?.filter { $0.name.utf8.elementsEqual(service.utf8) }
    guard own?.isEmpty != true else { throw .serviceNotAllowed(service) }
    guard narrowing.namesService, own == nil || own?.count != services?.count else { return nil }
    return try L402Caveats.services(own ?? [L402Service(name: service)])
  }

  fileprivate func capabilitiesCaveat(
    for narrowing: L402Narrowing
  ) throws(L402Error) -> [UInt8]? {
    guard let asked = narrowing.capabilities else { return nil }
    if let capabilities {
      for capability in asked where !Self.isSubset([capability], of: capabilities) {
        throw .capabilityNotAllowed(capability)
      }
      if !asked.isEmpty, Self.isSubset(capabilities, of: asked) { return nil }
    }
    return try L402Caveats.capabilities(asked, of: service)
  }

  fileprivate func validUntilCaveat(for narrowing: L402Narrowing) throws(L402Error) -> [UInt8]? {
    guard let asked = narrowing.validUntilSeconds else { return nil }
    if let validUntilSeconds, validUntilSeconds <= asked { return nil }
    return try L402Caveats.validUntil(asked, for: service)
  }
}
