internal import LibCrypto
internal import Macaroons
internal import PurserCore

/// The macaroon that lnd gave out, and what its identifier says that it may do.
///
/// lnd writes the permissions into the identifier, which the signature covers, as the message
/// `MacaroonId` of `lnrpc/lightning.proto` after one byte of version.
struct LNDMacaroon: Sendable {
  /// A permission in lnd's own terms: an entity, such as `offchain`, and an action, such as
  /// `write`; or the entity `uri` and one method.
  struct Permission: Sendable, Hashable {
    let entity: String
    let action: String

    var text: String { "\(entity):\(action)" }
  }

  /// As the header takes it.
  let hex: String
  /// Nil when the identifier is not of a form that is known.
  let permissions: Set<Permission>?
  /// Whether it is narrowed further by caveats, which only lnd can judge.
  let hasCaveats: Bool

  /// The methods that Purser calls, and the power that each of them is for; nil for the name.
  static let uses: [(method: String, entity: String, action: String, power: WalletPowers.Power?)] =
    [
      ("/routerrpc.Router/SendPaymentV2", "offchain", "write", .pay),
      ("/routerrpc.Router/TrackPaymentV2", "offchain", "read", .lookUp),
      ("/lnrpc.Lightning/ListPayments", "offchain", "read", .list),
      ("/lnrpc.Lightning/AddInvoice", "invoices", "write", .receive),
      ("/lnrpc.Lightning/ChannelBalance", "offchain", "read", .balance),
      ("/lnrpc.Lightning/GetInfo", "info", "read", nil),
    ]

  /// - Throws: ``WalletConfigurationError/badMacaroon``.
  init(_ bytes: [UInt8]) throws(WalletConfigurationError) {
    guard let macaroon = try? Macaroon(parsing: bytes) else { throw .badMacaroon }
    hex = Hex.encode(bytes)
    permissions = Self.permissions(in: macaroon.identifier)
    hasCaveats = macaroon.caveatCount > 0
  }

  /// What lnd lets this macaroon do, for certain only as far as no caveat takes it away.
  func powers(software: String?) -> WalletPowers {
    guard let permissions else { return WalletPowers(allowed: [], software: software) }
    var allowed: Set<WalletPowers.Power> = []
    var refused: Set<WalletPowers.Power> = []
    for use in Self.uses {
      guard let power = use.power else { continue }
      let isAllowed =
        permissions.contains(Permission(entity: "uri", action: use.method))
        || permissions.contains(Permission(entity: use.entity, action: use.action))
      if !isAllowed { refused.insert(power) } else if !hasCaveats { allowed.insert(power) }
    }
    let used = Set(Self.uses.map { Permission(entity: "uri", action: $0.method) })
    let excess = permissions.subtracting(used).map(\.text).sorted()
    return WalletPowers(allowed: allowed, refused: refused, excess: excess, software: software)
  }

  private static func permissions(in identifier: [UInt8]) -> Set<Permission>? {
    guard identifier.first == 3, var message = ProtobufReader(identifier.dropFirst()) else {
      return nil
    }
    var permissions: Set<Permission> = []
    while let field = message.next() {
      guard field.number == 3 else { continue }
      guard var operation = ProtobufReader(field.bytes) else { return nil }
      var entity = ""
      var actions: [String] = []
      while let part = operation.next() {
        switch part.number {
        case 1: entity = String(decoding: part.bytes, as: UTF8.self)
        case 2: actions.append(String(decoding: part.bytes, as: UTF8.self))
        default: break
        }
      }
      guard operation.isDone else { return nil }
      permissions.formUnion(actions.map { Permission(entity: entity, action: $0) })
    }
    return message.isDone ? permissions : nil
  }
}
