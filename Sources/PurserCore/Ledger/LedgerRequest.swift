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
  /// A limit of a node is `limit` now.
  case limited(node: NodeID, limit: Msat)
  /// A subtree was stopped or started.
  case marked(node: NodeID)
  /// Money was set aside until `expiresAtMs`.
  case reserved(hold: HoldID, amount: Msat, expiresAtMs: UInt64)
  /// A hold ended with `settled` spent and `released` given back.
  case ended(hold: HoldID, settled: Msat, released: Msat)
  /// An amount would be admitted; the holder's own limits leave `room` for one charge, nil where it
  /// has none.
  case quoted(room: Msat?)
  /// A payment is on its way under this hold.
  case purchasing(hold: HoldID)
  /// A copy of a credential was handed out.
  case issued(credential: CredentialID)
  /// An operator is asked about a payment.
  case asked(approval: ApprovalID)
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
