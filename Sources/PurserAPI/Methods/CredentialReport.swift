public import PurserCore

/// Tells that a copy of a credential is no good any more.
///
/// It concerns the copy of whoever tells. What others use too is retired only when the seller
/// refuses the daemon's own request with it; then another is bought in the reporter's name.
public enum CredentialReport: RPCMethod {
  /// `credential.report`.
  public static let name = "credential.report"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Tells that a credential is no good; the daemon asks the seller, and replaces it if that is so."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] =
    [
      .budgetExceeded, .forbidden, .notFound, .conflict, .paymentFailed, .paymentPending,
      .upstream,
    ] + RPCErrorReason.stopped
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// What is wrong with a credential.
  public enum Problem: String, RPCWord {
    /// The seller refused it.
    case refused
    /// What it was good for is used up.
    case usedUp = "used_up"
  }

  /// Which credential, and what is wrong with it.
  public struct Parameters: RPCParameters {
    /// The credential, as the copy named it.
    public var credential: CredentialID
    /// What is wrong with it.
    public var problem: Problem
    /// Whether another is bought in its place; if need be when missing.
    public var buy: CredentialRequest.Buying?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case credential, problem, buy }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .credential: .init(\Self.credential, "The credential, as the copy named it.")
      case .problem: .init(\Self.problem, "What is wrong with it.")
      case .buy:
        .init(
          \Self.buy,
          "Whether another is bought in its place: if_needed, which is meant when missing, or never."
        )
      }
    }

    /// A report on `credential`.
    public init(
      credential: CredentialID, problem: Problem, buy: CredentialRequest.Buying? = nil
    ) {
      self.credential = credential
      self.problem = problem
      self.buy = buy
    }
  }

  /// What became of it.
  public struct Reply: RPCObject, Equatable {
    /// Whether a credential is handed out.
    public enum State: String, RPCWord {
      /// The seller takes it: only the copy is no good; ask for another.
      case active
      /// It is handed out no more.
      case retired
    }

    /// The credential.
    public let credential: CredentialID
    /// Whether it is still handed out.
    public let state: State
    /// What takes its place, bought in the caller's name where nobody else had bought it; nil while
    /// it is active, and for one that served the caller alone.
    public let replacement: CredentialReply?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case credential, state, replacement }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .credential: .init(\Self.credential, "The credential.")
      case .state: .init(\Self.state, "Whether it is still handed out.")
      case .replacement:
        .init(
          \Self.replacement,
          "What takes its place, bought in the caller's name where nobody else had bought it; "
            + "missing while it is active, and for one that served the caller alone.")
      }
    }

    /// A reply.
    public init(credential: CredentialID, state: State, replacement: CredentialReply? = nil) {
      self.credential = credential
      self.state = state
      self.replacement = replacement
    }
  }
}
