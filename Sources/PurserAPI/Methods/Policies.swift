public import PurserCore

/// Reads the policy's files anew and puts them in force, all or nothing.
public enum PolicyReload: RPCMethod {
  /// `policy.reload`.
  public static let name = "policy.reload"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Reads the policy's files anew and puts them in force, or none of them."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// Something is other than before.
  public static let changesState = true
  /// It takes none.
  public typealias Parameters = NoParameters

  /// What became of it.
  public struct Reply: RPCObject, Equatable {
    /// A file of the policy in force.
    public struct File: RPCObject, Equatable {
      /// Its name, without the directory.
      public let name: String
      /// SHA-256 of its bytes, in hex.
      public let sha256: String

      /// The names on the wire.
      public enum CodingKeys: String, CodingKey, CaseIterable { case name, sha256 }

      /// What each member is.
      public static func describe(_ member: CodingKeys) -> RPCMember {
        switch member {
        case .name: .init(\Self.name, "Its name, without the directory.")
        case .sha256: .init(\Self.sha256, "SHA-256 of its bytes, in hex.")
        }
      }
    }

    /// Whether the files are in force; else nothing was changed.
    public let ok: Bool
    /// What differs from before, such as `added services.weather`.
    public let changes: [String]
    /// The files of the policy in force.
    public let files: [File]
    /// What is wrong, a line each; none when `ok`.
    public let mistakes: [String]
    /// What may not be what was meant, a line each.
    public let warnings: [String]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case ok, changes, files, mistakes, warnings
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .ok: .init(\Self.ok, "Whether the files are in force; else nothing was changed.")
      case .changes:
        .init(\Self.changes, "What differs from before, such as added services.weather.")
      case .files: .init(\Self.files, "The files of the policy in force.")
      case .mistakes: .init(\Self.mistakes, "What is wrong, a line each; none when ok.")
      case .warnings: .init(\Self.warnings, "What may not be what was meant, a line each.")
      }
    }

    /// A reply.
    public init(
      ok: Bool, changes: [String], files: [PolicyEdition.File], mistakes: [String] = [],
      warnings: [String] = []
    ) {
      self.ok = ok
      self.changes = changes
      self.files = files.map { File(name: $0.name, sha256: $0.digest) }
      self.mistakes = mistakes
      self.warnings = warnings
    }
  }
}

/// Says what would become of a purchase or a hold, with every rule that takes part in it.
public enum PolicyExplain: RPCMethod {
  /// `policy.explain`.
  public static let name = "policy.explain"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Says what would become of a purchase or a hold, with every rule that takes part; does nothing."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []

  /// Who would do what.
  public struct Parameters: RPCParameters {
    /// The grant's token: whose request it would be.
    public var target: String
    /// The service; missing for money that is set aside for something else.
    public var service: String?
    /// The capabilities that would be asked for; missing for all that may be had.
    public var capabilities: [String]?
    /// What it would cost, without routing, in msat; missing leaves out whatever depends on it.
    public var amountMsat: Msat?
    /// Whether the agent would bring the challenge itself.
    public var brought: Bool?
    /// The method that would be called; missing for the one that such a thing is asked for by:
    /// `credential.request`, `challenge.pay` or `spend.reserve`.
    public var method: String?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case target, service, capabilities, brought, method
      case amountMsat = "amount_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .target: .init(\Self.target, "The grant's token: whose request it would be.")
      case .service:
        .init(\Self.service, "The service; missing for money that is set aside for something else.")
      case .capabilities:
        .init(
          \Self.capabilities,
          "The capabilities that would be asked for; missing for all that may be had.")
      case .brought:
        .init(\Self.brought, "Whether the agent would bring the challenge itself.")
      case .method:
        .init(
          \Self.method,
          "The method that would be called; credential.request, challenge.pay or spend.reserve "
            + "when missing, whichever fits.")
      case .amountMsat:
        .init(
          \Self.amountMsat,
          "What it would cost, without routing; missing leaves out whatever depends on it.")
      }
    }

    /// What the holder of `target` would do.
    public init(
      target: String, service: String? = nil, capabilities: [String]? = nil,
      amountMsat: Msat? = nil, brought: Bool? = nil, method: String? = nil
    ) {
      self.target = target
      self.service = service
      self.capabilities = capabilities
      self.amountMsat = amountMsat
      self.brought = brought
      self.method = method
    }
  }

  /// The decision and its reasons.
  public struct Reply: RPCObject, Equatable {
    /// One rule that takes part.
    public struct Rule: RPCObject, Equatable {
      /// Its level, 0 for the top; nil for a rule that is about no level.
      public let level: Int?
      /// The node of its level.
      public let node: NodeID?
      /// Its stable name, such as `caveat:spend_msat` or `policy:price_ceiling`.
      public let rule: String
      /// What it says, for people.
      public let says: String
      /// `passes`, `refuses` or `approve`.
      public let verdict: String
      /// Why it refuses; nil when it does not.
      public let reason: String?

      /// The names on the wire.
      public enum CodingKeys: String, CodingKey, CaseIterable {
        case level, node, rule, says, verdict, reason
      }

      /// What each member is.
      public static func describe(_ member: CodingKeys) -> RPCMember {
        switch member {
        case .level:
          .init(
            \Self.level, "Its level, 0 for the top; missing for a rule that is about no level.")
        case .node: .init(\Self.node, "The node of its level.")
        case .rule: .init(\Self.rule, "Its stable name, such as caveat:spend_msat.")
        case .says: .init(\Self.says, "What it says, and what it was held against, for people.")
        case .verdict:
          .init(\Self.verdict, "Whether it passes, refuses, or wants an operator to approve.")
            .among(["passes", "refuses", "approve"])
        case .reason: .init(\Self.reason, "Why it refuses; missing when it does not.")
        }
      }
    }

    /// `allow`, `approve` or `deny`.
    public let decision: String
    /// The rule that decides; nil when nothing stands against it.
    public let rule: String?
    /// The error's message, as an operator reads it; nil when it is not refused.
    public let message: String?
    /// Each level of the token, the top one first.
    public let levels: [NodeID]
    /// Every rule that takes part, from the top down; those about no level come last.
    public let rules: [Rule]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case decision, rule, message, levels, rules
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .decision:
        .init(\Self.decision, "What would become of it.").among(["allow", "approve", "deny"])
      case .rule:
        .init(\Self.rule, "The rule that decides; missing when nothing stands against it.")
      case .message:
        .init(
          \Self.message, "Why, as an operator reads it; missing when it is not refused.")
      case .levels: .init(\Self.levels, "Each level of the token, the top one first.")
      case .rules:
        .init(
          \Self.rules,
          "Every rule that takes part, from the top down; those about no level come last.")
      }
    }

    /// A reply about the holder of `chain`.
    public init(_ decision: Decision, chain: GrantChain) {
      switch decision.verdict {
      case .allow: (self.decision, rule, message) = ("allow", nil, nil)
      case .approve(let rule): (self.decision, self.rule, message) = ("approve", rule, nil)
      case .deny(let refusal):
        self.decision = "deny"
        rule = refusal.rule ?? refusal.reason
        message = RPCError(refusal, viewer: nil).message
      }
      levels = chain.levels.map(\.node)
      rules = decision.findingsFromTheTop(of: chain).map { level, finding in
        Rule(
          level: level, node: finding.node, rule: finding.rule, says: finding.says,
          verdict: finding.refusal != nil
            ? "refuses" : finding.needsApproval ? "approve" : "passes",
          reason: finding.refusal.map { RPCError($0, viewer: nil).message })
      }
    }
  }
}
