public import PurserCore

/// A payment that waits for an operator, or that one has decided.
public struct ApprovalView: Codable, Sendable, Equatable {
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

  enum CodingKeys: String, CodingKey {
    case approval, node, name, service, payee, state
    case paymentHash = "payment_hash"
    case totalMsat = "total_msat"
    case askedAtMs = "asked_at_ms"
    case expiresAtMs = "expires_at_ms"
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

  /// Which ones.
  public struct Parameters: RPCParameters {
    /// Whether to list those that were decided and did not go yet, too.
    public var all: Bool?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case all }

    /// Those that wait, or all.
    public init(all: Bool? = nil) { self.all = all }
  }

  /// The payments.
  public struct Reply: Codable, Sendable, Equatable {
    /// In the order in which they were asked for.
    public let approvals: [ApprovalView]

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

  /// The payment that waits under this id.
  public init(approval: ApprovalID) { self.approval = approval }
}

/// Lets one payment go that waits; it is admitted anew when it runs.
public enum ApprovalApprove: RPCMethod {
  /// `approval.approve`.
  public static let name = "approval.approve"
  /// Operators alone.
  public static let audience = RPCAudience.operators
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
  /// Which one.
  public typealias Parameters = ApprovalChoice
  /// What it is now.
  public typealias Reply = ApprovalView
}
