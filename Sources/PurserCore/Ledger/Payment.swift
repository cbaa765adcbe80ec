/// One Lightning payment and what it buys; its hold carries the money.
public struct Payment: Sendable, Equatable {
  /// The payment state machine: `intent` → `sent` → `settled` | `failed` | `unknown`.
  public enum State: String, Sendable, Codable {
    /// On disk, nothing sent: after a restart it was never sent.
    case intent
    /// The wallet may have it.
    case sent
    /// The wallet was asked and its answer does not say whether money moved. The hold stays.
    case unknown
    /// Paid; the preimage is in the vault.
    case settled
    /// Not paid, for certain.
    case failed

    /// Whether money may still move.
    public var isOpen: Bool { self == .intent || self == .sent || self == .unknown }
  }

  /// The hold that carries it.
  public let hold: HoldID
  /// The node that pays.
  public let node: NodeID
  /// What the preimage hashes to, 32 bytes.
  public let paymentHash: [UInt8]
  /// The BOLT 11 invoice.
  public let invoice: String
  /// The amount of the invoice.
  public let amount: Msat
  /// The most that routing may cost.
  public let feeLimit: Msat
  /// When the invoice expires, Unix seconds.
  public let invoiceExpiresAtSeconds: UInt64
  /// What is bought.
  public let purchase: Purchase
  /// The token that the preimage completes, sealed.
  public let sealedToken: [UInt8]
  /// Where it is in its life.
  public var state: State
  /// When it was first sent to the wallet; nil before.
  public var sentAt: Timestamp?
  /// Whether it was sent again after the wallet knew nothing of it.
  ///
  /// From then on a failure may be that of the second order, refused because the first one was paid.
  public var isSentAgain: Bool

  /// A payment as it was stored.
  public init(
    hold: HoldID, node: NodeID, paymentHash: [UInt8], invoice: String, amount: Msat,
    feeLimit: Msat, invoiceExpiresAtSeconds: UInt64, purchase: Purchase, sealedToken: [UInt8],
    state: State = .intent, sentAt: Timestamp? = nil, isSentAgain: Bool = false
  ) {
    self.hold = hold
    self.node = node
    self.paymentHash = paymentHash
    self.invoice = invoice
    self.amount = amount
    self.feeLimit = feeLimit
    self.invoiceExpiresAtSeconds = invoiceExpiresAtSeconds
    self.purchase = purchase
    self.sealedToken = sealedToken
    self.state = state
    self.sentAt = sentAt
    self.isSentAgain = isSentAgain
  }
}

/// What a payment buys: while one for the same purchase might settle, no second one is paid.
public struct Purchase: Sendable, Hashable {
  /// The service of the policy.
  public let service: String
  /// The capabilities asked for, sorted.
  public let capabilities: [String]
  /// The only grant that the credential serves, or nil for the shared vault.
  public let scope: NodeID?

  /// A purchase of `capabilities` of `service`, for everybody or for the grant `scope` alone.
  public init(service: String, capabilities: some Sequence<String>, scope: NodeID?) {
    self.service = service
    self.capabilities = Set(capabilities).sorted()
    self.scope = scope
  }
}
