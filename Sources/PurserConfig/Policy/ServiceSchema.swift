internal import LibCrypto
internal import PurserCore

/// One entry of the policy's `services`.
enum ServiceSchema {
  /// The most entries in any list of a service.
  static let maximumListCount = 256

  /// The service; a value that is a mistake is reported, and a default stands in for it.
  static func read(id: String, _ section: Section) -> Service {
    let origins = section.required("origins")?.list(of: .origin, maximum: 16)
    if let field = section["origins"], field.isEmptyList {
      field.report(.wrongKind(found: "an empty list", expected: "at least one origin"))
    }
    var service = Service(
      id: id, origins: origins ?? [],
      challengePath: section.required("challenge_path", .challengePath) ?? "/",
      sellerName: section.optional("seller_name", .name))
    readPrice(section, into: &service)
    readTokens(section, into: &service)
    check(service, section)
    return service
  }

  private static func readPrice(_ section: Section, into service: inout Service) {
    service.payees =
      section.optionalList("payees", of: .publicKey, maximum: maximumListCount) ?? []
    service.priceCeiling = section.optional("price_ceiling", .positiveAmount)
    service.feeLimit = section.optional("fee_limit", .amount) ?? service.feeLimit
  }

  private static func readTokens(_ section: Section, into service: inout Service) {
    service.capabilities =
      section.optionalList("capabilities", of: .name, maximum: maximumListCount) ?? []
    let caveats = section.optionalList(
      "caveats", of: ValueKind<Service.TokenCaveat>.choice, maximum: maximumListCount)
    service.caveats = caveats.map { Set($0) } ?? service.caveats
    service.hashBinding = section.optional("hash_binding", .choice) ?? service.hashBinding
    service.bare = section.optional("bare", .choice) ?? service.bare
    service.credentialLifetimeSeconds =
      section.optional("credential_lifetime", .duration) ?? service.credentialLifetimeSeconds
  }

  /// Rules over several keys.
  ///
  /// A key that is there but a mistake is enough to hold them back: one mistake is told once.
  private static func check(_ service: Service, _ section: Section) {
    let hasPin = section["payees"].map { !$0.isEmptyList } ?? false
    if service.hashBinding == .none, !hasPin, section["price_ceiling"] == nil {
      section["hash_binding"]?.report(.unboundPurchase)
    }
    if let caveats = section["caveats"], caveats.isEmptyList, service.bare == .deny {
      caveats.report(.nothingToHandOut)
    }
  }
}

extension ValueKind where Value == [UInt8] {
  /// The public key of a Lightning node: a point on secp256k1 in its compressed form.
  static var publicKey: ValueKind {
    ValueKind(expected: "a node's public key: 66 hex digits that start with 02 or 03") { text in
      guard let bytes = Hex.decode(text), bytes.count == 33, bytes[0] == 2 || bytes[0] == 3 else {
        return nil
      }
      return bytes
    }
  }
}
