/// One thing that differs between two policies.
public struct PolicyDifference: Sendable, Equatable {
  /// What became of it.
  public enum Kind: String, Sendable {
    /// It is new.
    case added
    /// It is no longer there.
    case removed
    /// It says something else.
    case changed
  }

  /// What became of it.
  public let kind: Kind
  /// Which entry of the policy, such as `services.weather` or `limits.grant_spend`.
  public let key: String

  /// The difference for people: `added services.weather`.
  public var text: String { "\(kind.rawValue) \(key)" }
}

extension Policy {
  /// What differs in `other`: services, claims and limits, each sorted by name.
  public func changes(to other: Policy) -> [PolicyDifference] {
    Self.differences("services", services, other.services)
      + Self.differences("claims", claims, other.claims) + limitDifferences(to: other)
  }

  private static func differences<Entry: Equatable>(
    _ kind: String, _ old: [String: Entry], _ new: [String: Entry]
  ) -> [PolicyDifference] {
    Set(old.keys).union(new.keys).sorted().compactMap { name in
      let key = "\(kind).\(name)"
      switch (old[name], new[name]) {
      case (nil, _): return PolicyDifference(kind: .added, key: key)
      case (_, nil): return PolicyDifference(kind: .removed, key: key)
      case (let before, let after):
        return before == after ? nil : PolicyDifference(kind: .changed, key: key)
      }
    }
  }

  private func limitDifferences(to other: Policy) -> [PolicyDifference] {
    let limits: [(key: String, isSame: Bool)] = [
      ("descendants", descendants == other.descendants),
      ("grant_lifetime", grantLifetimeSeconds == other.grantLifetimeSeconds),
      ("grant_payment", ceilings.payment == other.ceilings.payment),
      (
        "grant_spend",
        ceilings.spend == other.ceilings.spend && ceilings.windows == other.ceilings.windows
      ),
      ("hold_lifetime", holdLifetimeSeconds == other.holdLifetimeSeconds),
      (
        "idempotency_lifetime", idempotencyLifetimeSeconds == other.idempotencyLifetimeSeconds
      ),
      ("peer_check", peerCheck == other.peerCheck),
      ("stuck_after", stuckAfterSeconds == other.stuckAfterSeconds),
      ("valid_until", ceilings.validUntilSeconds == other.ceilings.validUntilSeconds),
    ]
    return limits.filter { !$0.isSame }
      .map { PolicyDifference(kind: .changed, key: "limits.\($0.key)") }
  }
}

extension PolicyEdition {
  /// The most differences that one audit event names.
  private static let mostNamed = 100

  /// What the audit log says when this policy takes another's place; `cause` is why it was read.
  public func auditDetails(of changes: [PolicyDifference], cause: String) -> AuditDetails {
    var details: AuditDetails = [
      "cause": .string(cause),
      "files": .array(
        files.map { .object(["name": .string($0.name), "sha256": .string($0.digest)]) }),
    ]
    for kind in [PolicyDifference.Kind.added, .removed, .changed] {
      let keys = changes.filter { $0.kind == kind }.map(\.key)
      guard !keys.isEmpty else { continue }
      details[kind.rawValue] = .array(keys.prefix(Self.mostNamed).map { .string($0) })
    }
    if changes.count > Self.mostNamed {
      details["differences"] = .integer(Int64(changes.count))
    }
    return details
  }
}
