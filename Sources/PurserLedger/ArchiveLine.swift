internal import LibCrypto
internal import PurserCore

/// How much is in an archive.
struct ArchiveCounts: Equatable {
  var grants: UInt64 = 0
  var holds: UInt64 = 0
  var payments: UInt64 = 0
}

/// The lines of an archive: one JSON object each, with one member that says what it is.
enum ArchiveLine {
  /// What the first line names.
  static let format = "purser-archive/1"

  static func start(madeAt time: Timestamp) -> CanonicalJSON {
    .object([
      "archive": .object(["format": .string(format), "made_at_ms": .count(time.milliseconds)])
    ])
  }

  static func end(_ counts: ArchiveCounts, digest: String) -> CanonicalJSON {
    .object([
      "end": .object([
        "grants": .count(counts.grants), "holds": .count(counts.holds),
        "payments": .count(counts.payments), "sha256": .string(digest),
      ])
    ])
  }

  static func node(_ node: Node) -> CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "id": .string(node.id.hex), "created_at_ms": .count(node.createdAt.milliseconds),
      "stated": .array(node.stated.map { .string($0.text) }),
      "registered": .array(node.registered.map { .string($0.text) }),
      "settled_msat": .msat(node.settled), "archived_msat": .msat(node.archived),
    ]
    if let parent = node.parent { members["parent"] = .string(parent.hex) }
    if let name = node.name { members["name"] = .string(name) }
    if let limit = node.paymentLimit { members["payment_msat"] = .msat(limit) }
    if let end = node.validUntilSeconds { members["valid_until"] = .count(end) }
    if let mark = node.mark { members["mark"] = .string(mark.state.rawValue) }
    return .object(["grant": .object(members)])
  }

  static func hold(_ hold: Hold) -> CanonicalJSON {
    .object([
      "hold": .object([
        "id": .string(hold.id.hex), "grant": .string(hold.node.hex),
        "kind": .string(hold.kind.rawValue), "amount_msat": .msat(hold.amount),
        "created_at_ms": .count(hold.createdAt.milliseconds),
        "admitted_at_ms": .count(hold.admittedAt.milliseconds),
        "state": .string(hold.state.rawValue), "settled_msat": .msat(hold.settled),
      ])
    ])
  }

  /// The token that was bought stays out: it is sealed under a key of the ledger.
  static func payment(_ payment: Payment) -> CanonicalJSON {
    .object([
      "payment": .object([
        "hold": .string(payment.hold.hex), "invoice": .string(payment.invoice),
        "payment_hash": .string(Hex.encode(payment.paymentHash)),
        "amount_msat": .msat(payment.amount), "fee_limit_msat": .msat(payment.feeLimit),
        "service": .string(payment.purchase.service), "state": .string(payment.state.rawValue),
      ])
    ])
  }
}

extension CanonicalJSON {
  fileprivate static func count(_ count: UInt64) -> CanonicalJSON {
    .integer(Int64(clamping: count))
  }
}
