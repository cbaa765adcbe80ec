/// A change that someone asks of the ledger.
public enum Command: Sendable {
  /// Registers the node of a token that was just made, and any level above it not yet met.
  case createGrant(GrantChain)
  /// Freezes, unfreezes or revokes a node and all below it.
  case mark(NodeMarking)
  /// Sets money aside for an agent that ends the hold itself.
  case reserve(Reservation)
  /// Ends a spend hold with at most its amount spent; the rest goes back.
  case settle(hold: HoldID, amount: Msat)
  /// Ends a spend hold with nothing spent.
  case release(hold: HoldID)
  /// Ends a spend hold whose time has run out.
  case expire(hold: HoldID)
  /// Sets amount and fee limit aside and writes the intent to pay.
  case beginPayment(Payment, by: GrantChain)
  /// Last check before the first byte goes to the wallet; without a token, against what is
  /// registered for the nodes, when the daemon itself sends a payment again.
  case sendPayment(hold: HoldID, by: GrantChain?)
  /// Records what became of a payment.
  case finishPayment(hold: HoldID, PaymentResult)
  /// Records that a copy of a credential is handed out.
  case issueCredential(CredentialIssue)
  /// Puts a credential that was paid elsewhere into the vault.
  case importCredential(Credential)
  /// Stops handing out a credential; `reason` is a stable word.
  case retireCredential(CredentialID, reason: String)
  /// Takes a credential out of the vault for good.
  case removeCredential(CredentialID)
  /// Writes refusals that were counted together.
  case recordRefusals(RefusalCount)
}

/// What stops or starts a subtree.
public struct NodeMarking: Sendable {
  /// What to do to it.
  public enum Action: String, Sendable {
    /// Stop admission until it is lifted.
    case freeze
    /// Lift a freeze.
    case unfreeze
    /// Stop admission for good.
    case revoke
  }

  /// What to do.
  public let action: Action
  /// The root of the subtree.
  public let node: NodeID
  /// The nodes from the top to `node`, when its token was shown; it need not have been met.
  public let shownPath: [NodeID]?

  /// An action on the subtree at `node`.
  public init(action: Action, node: NodeID, shownPath: [NodeID]?) {
    self.action = action
    self.node = node
    self.shownPath = shownPath
  }
}

/// Money to be set aside.
public struct Reservation: Sendable {
  /// The id of the new hold.
  public let hold: HoldID
  /// The spender's verified token.
  public let chain: GrantChain
  /// How much; positive.
  public let amount: Msat
  /// When the hold lapses.
  public let expiresAt: Timestamp

  /// A reservation of `amount` until `expiresAt`.
  public init(hold: HoldID, chain: GrantChain, amount: Msat, expiresAt: Timestamp) {
    self.hold = hold
    self.chain = chain
    self.amount = amount
    self.expiresAt = expiresAt
  }
}

/// What became of a payment.
public enum PaymentResult: Sendable {
  /// Paid: `fee` went to routing, and the credential is sealed.
  case settled(fee: Msat, Credential)
  /// Not paid, for certain; `reason` is text without secrets.
  case failed(reason: String)
  /// Nobody can say yet; the hold stays.
  case unknown(reason: String)
}

/// A copy of a credential that is handed out.
public struct CredentialIssue: Sendable {
  /// The credential in the vault.
  public let credential: CredentialID
  /// The verified token of whoever gets the copy.
  public let chain: GrantChain
  /// Unix seconds before which the copy is good at the seller; nil where the seller sees no end.
  public let validUntilSeconds: UInt64?
  /// The service it is for.
  public let service: String

  /// A copy of `credential` for the holder of `chain`.
  public init(
    credential: CredentialID, chain: GrantChain, validUntilSeconds: UInt64?, service: String
  ) {
    self.credential = credential
    self.chain = chain
    self.validUntilSeconds = validUntilSeconds
    self.service = service
  }
}

/// Refusals of one kind that were counted together.
public struct RefusalCount: Sendable, Equatable {
  /// The nearest node that has a row.
  public let node: NodeID?
  /// The method that was called.
  public let method: String
  /// Why it was refused: the stable reason.
  public let reason: String
  /// How many.
  public let count: UInt64
  /// The last process that was refused.
  public let peer: PeerProcess?

  /// `count` refusals of `method` at `node`.
  public init(node: NodeID?, method: String, reason: String, count: UInt64, peer: PeerProcess?) {
    self.node = node
    self.method = method
    self.reason = reason
    self.count = count
    self.peer = peer
  }
}

/// Who repeats what: the same key with the same parameters gets the same answer.
public struct IdempotencyClaim: Sendable, Equatable {
  /// The node that asks; nil for an operator.
  public let node: NodeID?
  /// The method.
  public let method: String
  /// The caller's own key.
  public let key: String
  /// SHA-256 of the parameters.
  public let digest: [UInt8]

  /// A claim of `key` for one request with parameters of the digest `digest`.
  public init(node: NodeID?, method: String, key: String, digest: [UInt8]) {
    self.node = node
    self.method = method
    self.key = key
    self.digest = digest
  }
}

/// A command with everything that goes into its transaction.
public struct LedgerRequest: Sendable {
  /// Who asks.
  public let actor: Actor
  /// What for.
  public let command: Command
  /// Under which key the answer is repeated; nil when it is not.
  public let idempotency: IdempotencyClaim?
  /// Sealed bytes to repeat with the answer, such as a token that was just made.
  public let attachment: [UInt8]?

  /// A request of `actor`.
  public init(
    actor: Actor, command: Command, idempotency: IdempotencyClaim? = nil,
    attachment: [UInt8]? = nil
  ) {
    self.actor = actor
    self.command = command
    self.idempotency = idempotency
    self.attachment = attachment
  }
}

/// What a command did; the answer to the caller is made from it, at first and when it is repeated.
public enum Outcome: Sendable, Equatable, Codable {
  /// A node was registered.
  case created(node: NodeID)
  /// A subtree was stopped or started.
  case marked(node: NodeID)
  /// Money was set aside until `expiresAtMs`.
  case reserved(hold: HoldID, amount: Msat, expiresAtMs: UInt64)
  /// A hold ended with `settled` spent and `released` given back.
  case ended(hold: HoldID, settled: Msat, released: Msat)
  /// A payment is on its way under this hold.
  case purchasing(hold: HoldID)
  /// A copy of a credential was handed out.
  case issued(credential: CredentialID)
  /// Nothing more to say.
  case done
}

/// The stored answer of a request that changed something.
public struct IdempotencyRecord: Sendable, Equatable {
  /// The claim that it answers.
  public let claim: IdempotencyClaim
  /// What was done.
  public let outcome: Outcome
  /// The sealed bytes that belong to the answer.
  public let attachment: [UInt8]?

  /// A record as it was stored.
  public init(claim: IdempotencyClaim, outcome: Outcome, attachment: [UInt8]?) {
    self.claim = claim
    self.outcome = outcome
    self.attachment = attachment
  }
}
