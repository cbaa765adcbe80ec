internal import LibCrypto
internal import PurserCore

/// The keys of one entry of the policy's `services`.
enum ServiceTable {
  /// A service with what needs several keys to be read.
  struct Draft {
    var service: Service
    var charge = ChargeKind.buyer
    var chargePrice: Msat?
  }

  /// The ways to charge.
  enum ChargeKind: String, CaseIterable {
    case buyer
    case shared
    case perCredential = "per_credential"
    case perRequest = "per_request"
  }

  /// The table, in the order in which people are told of the keys.
  static var keys: [TableKey<Draft>] {
    seller.map { $0.within(\.service) } + price.map { $0.within(\.service) } + charging
      + rules.map { $0.within(\.service) }
  }

  /// What must be there, for a schema: a place to buy at, or payees whose invoices are paid.
  static var needs: [CanonicalJSON] {
    [
      .object(["required": .array([.string("origins"), .string("challenge_path")])]),
      .object([
        "required": .array([.string("invoices"), .string("payees")]),
        "properties": .object(["invoices": .object(["const": .string("allow")])]),
      ]),
    ]
  }

  private static var seller: [TableKey<Service>] {
    [
      TableKey(
        "origins", listOf: .origin, to: \.origins, minimum: 1, maximum: 16,
        "`scheme://host[:port]` of each place that serves it. Challenges are fetched from the "
          + "first. Plain http is taken for this machine alone. Needed but with `invoices: allow`."),
      TableKey(
        "challenge_path", .challengePath, to: \.challengePath,
        "A path that answers a request without a token with 402 and a challenge. Needed with "
          + "`origins`."),
      TableKey(
        "seller_name", .name, to: \.sellerName,
        "The seller's own name for the service in its caveats. The id when left out."),
      TableKey(
        "capabilities", listOf: .name, to: \.capabilities,
        "What may be asked for of it; anything but these is refused. Left out, or empty, for a "
          + "seller that has none."),
      TableKey(
        "seller_capabilities",
        schema: .entries(ValueKind<String>.name.schema, maximum: 256),
        "The seller's own names for capabilities, by the name in `capabilities`, where they are "
          + "others.", read: readSellerCapabilities),
    ]
  }

  private static var price: [TableKey<Service>] {
    [
      TableKey(
        "payees", listOf: .publicKey, to: \.payees,
        "The public keys of the nodes that may be paid, 66 hex digits each. Any when left out."),
      TableKey(
        "price_ceiling", .positiveAmount, to: \.priceCeiling,
        "The most that one purchase may cost, without routing. No ceiling when left out."),
      TableKey(
        "fee_limit", .amount, to: \.feeLimit,
        "The most that routing one purchase may cost. 10sat when left out."),
      TableKey(
        "approve_above", .amount, to: \.approveAbove,
        "A payment above it, routing included, waits for an operator. None when left out."),
    ]
  }

  private static var charging: [TableKey<Draft>] {
    [
      TableKey(
        "charge", .choice, to: \.charge,
        "How the cost reaches those who use it: `buyer` (the default) pays all of it, `shared` has "
          + "each later grant pay a share once, `per_credential` has each copy cost something, "
          + "`per_request` each request."),
      TableKey(
        "charge_price", .positiveAmount, to: \.chargePrice,
        "What a share, a copy or a request costs; needed with `charge` unless that is `buyer`."),
    ]
  }

  private static var rules: [TableKey<Service>] {
    [
      TableKey(
        "roots", .choice, to: \.roots,
        "Whether what is bought serves every grant (`shared`, the default), or the one that bought "
          + "it alone (`per_grant`)."),
      TableKey(
        "bring_challenges", .choice, to: \.bringChallenges,
        "Whether agents may bring challenges of their own: `deny`, `pinned` (the default: paid to "
          + "`payees` alone), or `approve` (without `payees`, when an operator approves)."),
      TableKey(
        "invoices", .choice, to: \.invoices,
        "`allow` for agents to have bare invoices paid that one of the `payees` made; `deny` when "
          + "left out."),
      TableKey(
        "schemes", listOf: .choice, to: \.schemes, minimum: 1, maximum: 3,
        "The schemes of the seller's challenges that are paid, the one to be preferred first: "
          + "`l402`, `lsat` (its old name) and `payment` (one request for each payment). In this "
          + "order when left out."),
      TableKey(
        "caveats",
        schema: .list(
          of: ValueKind<Service.TokenCaveat>.choice.schema, maximum: 3),
        "Which caveats the seller's tokens may carry. All three when left out; `[]` for a seller "
          + "that refuses them."
      ) { field, service in
        let caveats = field.list(of: ValueKind<Service.TokenCaveat>.choice, maximum: 256)
        if let caveats { service.caveats = Set(caveats) }
      },
      TableKey(
        "hash_binding", .choice, to: \.hashBinding,
        "`none` for a seller whose tokens do not name the invoice that pays for them; `required` "
          + "when left out."),
      TableKey(
        "bare", .choice, to: \.bare,
        "`allow` to hand out tokens that can carry no caveat; `deny` when left out."),
      TableKey(
        "credential_lifetime", .duration, to: \.credentialLifetimeSeconds,
        "How long the copy that an agent gets is good. 10m when left out."),
    ]
  }

  private static func readSellerCapabilities(_ field: Field, into service: inout Service) {
    for entry in field.entries(maximum: 256) {
      guard let name = entry.field.value(.name) else { continue }
      service.sellerCapabilities[entry.key] = name
    }
  }

  /// The service; a value that is a mistake is reported, and a default stands in for it.
  static func read(id: String, _ section: Section, _ keys: [TableKey<Draft>]) -> Service {
    var draft = Draft(service: Service(id: id, origins: [], challengePath: "/"))
    section.read(keys, into: &draft)
    if let field = section["origins"], field.isEmptyList {
      field.report(.wrongKind(found: "an empty list", expected: "at least one origin"))
    }
    if let field = section["schemes"], field.isEmptyList {
      field.report(.wrongKind(found: "an empty list", expected: "at least one scheme"))
    }
    readCharge(draft, section, into: &draft.service)
    check(draft.service, section)
    warn(draft.service, section)
    return draft.service
  }

  private static func readCharge(_ draft: Draft, _ section: Section, into service: inout Service) {
    guard let price = draft.chargePrice else {
      if draft.charge != .buyer, section["charge_price"] == nil {
        section["charge"]?.report(.chargePrice(isMissing: true))
      }
      return
    }
    switch draft.charge {
    case .buyer:
      if section["charge"]?.isValid(ValueKind<ChargeKind>.choice) ?? true {
        section["charge_price"]?.report(.chargePrice(isMissing: false))
      }
    case .shared: service.charge = .shared(price)
    case .perCredential: service.charge = .perCredential(price)
    case .perRequest: service.charge = .perRequest(price)
    }
  }

  /// Rules over several keys.
  ///
  /// A key that is there but a mistake is enough to hold them back: one mistake is told once.
  private static func check(_ service: Service, _ section: Section) {
    let hasPin = section["payees"].map { !$0.isEmptyList } ?? false
    if service.invoices == .deny || section["origins"] != nil || section["challenge_path"] != nil {
      _ = section.required("origins")
      _ = section.required("challenge_path")
    }
    if service.invoices == .allow, !hasPin { section["invoices"]?.report(.invoicesNeedPayees) }
    if service.hashBinding == .none, !hasPin, section["price_ceiling"] == nil {
      section["hash_binding"]?.report(.unboundPurchase)
    }
    if let caveats = section["caveats"], caveats.isEmptyList, service.bare == .deny {
      caveats.report(.nothingToHandOut)
    }
    for name in service.sellerCapabilities.keys.sorted()
    where !service.capabilities.contains(name) {
      section["seller_capabilities"]?.report(
        .unknownCapability(
          name, service: service.id, nearest: nearest(to: name, among: service.capabilities)))
    }
  }

  private static func warn(_ service: Service, _ section: Section) {
    if service.priceCeiling == nil { section.field.warn(.noPriceCeiling) }
    if service.bare == .allow { section["bare"]?.warn(.bareCopies) }
    if case .perRequest = service.charge { section["charge"]?.warn(.chargedByRequest) }
    if service.bringChallenges == .pinned, service.payees.isEmpty {
      section["bring_challenges"]?.warn(.challengesNeedPayees)
    }
  }
}

extension ValueKind where Value == [UInt8] {
  /// The public key of a Lightning node: a point on secp256k1 in its compressed form.
  static var publicKey: ValueKind {
    ValueKind(
      expected: "a node's public key: 66 hex digits that start with 02 or 03",
      schema: .text(pattern: "^0[23][0-9a-fA-F]{64}$")
    ) { text in
      guard let bytes = Hex.decode(text), bytes.count == 33, bytes[0] == 2 || bytes[0] == 3 else {
        return nil
      }
      return bytes
    }
  }
}
