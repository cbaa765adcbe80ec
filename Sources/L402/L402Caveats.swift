internal import Macaroons

/// A service as a `services` caveat names it.
public struct L402Service: Sendable, Equatable {
  /// The seller's name for it.
  public let name: String
  /// Its tier, 0 being the base.
  ///
  /// The protocol has 0 to 255; the reference seller reads any integer and does not judge it, so
  /// any is kept.
  public let tier: Int

  /// A service of this name and tier.
  public init(name: String, tier: Int = 0) {
    self.name = name
    self.tier = tier
  }
}

/// The three caveats that the reference seller knows, as it writes and reads them (L402,
/// macaroon-spec.md, "Standard Caveat Types").
///
/// Names are compared byte by byte: Swift's string comparison takes different spellings of one
/// character for equal, and the seller does not.
public enum L402Caveats {
  static let servicesCondition = "services"

  static func capabilitiesCondition(_ service: String) -> String { "\(service)_capabilities" }

  static func validUntilCondition(_ service: String) -> String { "\(service)_valid_until" }

  /// `services=name:tier,…`.
  /// - Throws: ``L402Error/emptyList``, or ``L402Error/badName(_:)``.
  public static func services(_ services: [L402Service]) throws(L402Error) -> [UInt8] {
    guard !services.isEmpty else { throw .emptyList }
    for service in services { try check(service: service.name) }
    let list = services.map { "\($0.name):\($0.tier)" }.joined(separator: ",")
    return Array("\(servicesCondition)=\(list)".utf8)
  }

  /// `<service>_capabilities=x,y`.
  /// - Throws: ``L402Error/emptyList``, or ``L402Error/badName(_:)``.
  public static func capabilities(
    _ capabilities: [String], of service: String
  ) throws(L402Error) -> [UInt8] {
    guard !capabilities.isEmpty else { throw .emptyList }
    try check(service: service)
    for capability in capabilities { try check(capability, excluding: ",") }
    let list = capabilities.joined(separator: ",")
    return Array("\(capabilitiesCondition(service))=\(list)".utf8)
  }

  /// `<service>_valid_until=unix seconds`; the token is good before that second, not at it.
  /// - Throws: ``L402Error/badName(_:)``.
  public static func validUntil(
    _ seconds: Int64, for service: String
  ) throws(L402Error) -> [UInt8] {
    try check(service: service)
    return Array("\(validUntilCondition(service))=\(seconds)".utf8)
  }

  /// The values of the caveats with this condition, in order; third-party caveats and those
  /// without `=` are skipped.
  static func values(of condition: String, in macaroon: Macaroon) -> [ArraySlice<UInt8>] {
    macaroon.caveats.compactMap { caveat in
      guard !caveat.isThirdParty,
        let equals = caveat.condition.firstIndex(of: UInt8(ascii: "=")),
        caveat.condition[..<equals].elementsEqual(condition.utf8)
      else { return nil }
      return caveat.condition[(equals + 1)...]
    }
  }

  /// The value of a `services` caveat, or nil when the reference seller would not read it.
  static func readServices(_ value: ArraySlice<UInt8>) -> [L402Service]? {
    var services: [L402Service] = []
    for item in split(value, at: ",") {
      let parts = split(item, at: ":")
      guard parts.count == 2, !parts[0].isEmpty,
        let name = String(validating: parts[0], as: UTF8.self),
        let tier = Int(String(decoding: parts[1], as: UTF8.self))
      else { return nil }
      services.append(L402Service(name: name, tier: tier))
    }
    return services
  }

  /// The value of a capabilities caveat; empty names count, as with the reference seller.
  static func readCapabilities(_ value: ArraySlice<UInt8>) -> [String]? {
    var capabilities: [String] = []
    for item in split(value, at: ",") {
      guard let name = String(validating: item, as: UTF8.self) else { return nil }
      capabilities.append(name)
    }
    return capabilities
  }

  /// The value of a time caveat: a decimal integer, with or without a sign.
  static func readValidUntil(_ value: ArraySlice<UInt8>) -> Int64? {
    Int64(String(decoding: value, as: UTF8.self))
  }

  private static func split(
    _ value: ArraySlice<UInt8>, at separator: Unicode.Scalar
  ) -> [ArraySlice<UInt8>] {
    value.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
  }

  private static func check(service name: String) throws(L402Error) {
    try check(name, excluding: ",:=")
  }

  private static func check(_ name: String, excluding reserved: String) throws(L402Error) {
    let isWritable = name.unicodeScalars.allSatisfy { scalar in
      scalar.properties.generalCategory != .control && !reserved.unicodeScalars.contains(scalar)
    }
    guard !name.isEmpty, isWritable else { throw .badName(name) }
  }
}

extension Macaroon {
  /// The macaroon with one more caveat, its errors in this module's terms.
  func appending(_ condition: [UInt8]) throws(L402Error) -> Macaroon {
    do { return try attenuated(with: condition) } catch { throw .macaroonTooLarge }
  }
}
