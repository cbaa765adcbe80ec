public import PurserCore

/// A payment that waits for an operator, or that one has decided.
public struct ApprovalView: RPCObject, Equatable {
  /// Its id.
  public let approval: ApprovalID
  /// The grant that wants to pay.
  public let node: NodeID
  /// The name that the grant gave itself; it proves nothing.
  public let name: String?
  /// What is bought.
  public let service: String
  /// The invoice's payment hash in hex, for a challenge that the agent brought; nil for a credential
  /// that the daemon buys itself.
  public let paymentHash: String?
  /// Whose key is paid, in hex.
  public let payee: String
  /// The most that the payment may take, routing fee included, in msat.
  public let totalMsat: Msat
  /// `pending`, `approved` or `denied`.
  public let state: String
  /// When it was asked for, in Unix milliseconds.
  public let askedAtMs: UInt64
  /// From when on it is good for nothing, in Unix milliseconds.
  public let expiresAtMs: UInt64

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case approval, node, name, service, payee, state
    case paymentHash = "payment_hash"
    case totalMsat = "total_msat"
    case askedAtMs = "asked_at_ms"
    case expiresAtMs = "expires_at_ms"
  }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .approval:
      .init(\Self.approval, "Its id.")
    case .node:
      .init(\Self.node, "The grant that wants to pay.")
    case .name:
      .init(\Self.name, "The name that the grant gave itself; it proves nothing.")
    case .service:
      .init(\Self.service, "What is bought.")
    case .paymentHash:
      .init(
        \Self.paymentHash,
        "The invoice's payment hash in hex, for a challenge that the agent brought; missing "
          + "for a credential that the daemon buys itself.")
    case .payee:
      .init(\Self.payee, "Whose key is paid, in hex.")
    case .totalMsat:
      .init(\Self.totalMsat, "The most that the payment may take, routing fee included, in msat.")
    case .state:
      .init(\Self.state, "pending, approved or denied.")
    case .askedAtMs:
      .init(\Self.askedAtMs, "When it was asked for, in Unix milliseconds.")
    case .expiresAtMs:
      .init(\Self.expiresAtMs, "From when on it is good for nothing, in Unix milliseconds.")
    }
  }

  /// A view of `approval`; `payee` is in hex.
  public init(_ approval: Approval, name: String?, payee: String) {
    self.approval = approval.id
    node = approval.node
    self.name = name
    service = approval.purchase.service
    // What an agent brought is a purchase of its own, named by its hash.
    paymentHash = approval.purchase.scope == nil ? nil : approval.purchase.capabilities.first
    self.payee = payee
    totalMsat = approval.greatestTotal
    state = approval.state.rawValue
    askedAtMs = approval.askedAt.milliseconds
    expiresAtMs = approval.expiresAt.milliseconds
  }
}

/// Lists the payments that wait for an operator.
public enum ApprovalList: RPCMethod {
  /// `approval.list`.
  public static let name = "approval.list"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Lists the payments that wait for an operator."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []

  /// Which ones.
  public struct Parameters: RPCParameters {
    /// Whether to list those that were decided and did not go yet, too.
    public var all: Bool?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case all }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .all:
        .init(\Self.all, "Whether to list those that were decided and did not go yet, too.")
      }
    }

    /// Those that wait, or all.
    public init(all: Bool? = nil) { self.all = all }
  }

  /// The payments.
  public struct Reply: RPCObject, Equatable {
    /// In the order in which they were asked for.
    public let approvals: [ApprovalView]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case approvals
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .approvals:
        .init(\Self.approvals, "In the order in which they were asked for.")
      }
    }

    /// A reply.
    public init(approvals: [ApprovalView]) { self.approvals = approvals }
  }
}

/// Which payment an operator decides about.
public struct ApprovalChoice: RPCParameters {
  /// Its approval.
  public var approval: ApprovalID

  /// The names on the wire.
  public enum CodingKeys: String, CodingKey, CaseIterable { case approval }

  /// What each member is.
  public static func describe(_ member: CodingKeys) -> RPCMember {
    switch member {
    case .approval:
      .init(\Self.approval, "Its approval.")
    }
  }

  /// The payment that waits under this id.
  public init(approval: ApprovalID) { self.approval = approval }
}

/// Lets one payment go that waits; it is admitted anew when it runs.
public enum ApprovalApprove: RPCMethod {
  /// `approval.approve`.
  public static let name = "approval.approve"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Lets one payment go that waits; it is admitted anew when it runs."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound, .conflict]
  /// Which one.
  public typealias Parameters = ApprovalChoice
  /// What it is now.
  public typealias Reply = ApprovalView
}

/// Refuses a payment that waits, and the same asked for again until the approval's time is over.
public enum ApprovalDeny: RPCMethod {
  /// `approval.deny`.
  public static let name = "approval.deny"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Refuses a payment that waits, and the same asked for again for a while."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.notFound, .conflict]
  /// Which one.
  public typealias Parameters = ApprovalChoice
  /// What it is now.
  public typealias Reply = ApprovalView
}
