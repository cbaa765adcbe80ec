public import PurserCore

/// What the daemon says of itself.
public enum SystemInfo: RPCMethod {
  /// `system.info`.
  public static let name = "system.info"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary = "What the daemon says of itself."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The daemon.
  public struct Reply: RPCObject, Equatable {
    /// Its version.
    public let version: String
    /// The Bitcoin network: `bitcoin`, `testnet`, `signet` or `regtest`.
    public let network: String
    /// Whether operators and agents are kept apart by uid: `required` or `none`.
    public let separation: String
    /// Its clock, in Unix milliseconds.
    public let timeMs: UInt64
    /// How many payments are not final.
    public let openPayments: Int
    /// The services of the policy that the caller may use, sorted.
    public let services: [String]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case version, network, separation, services
      case timeMs = "time_ms"
      case openPayments = "open_payments"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .version:
        .init(\Self.version, "Its version.")
      case .network:
        .init(\Self.network, "The Bitcoin network: bitcoin, testnet, signet or regtest.")
      case .separation:
        .init(
          \Self.separation,
          "Whether operators and agents are kept apart by uid: required or none.")
      case .timeMs:
        .init(\Self.timeMs, "Its clock, in Unix milliseconds.")
      case .openPayments:
        .init(\Self.openPayments, "How many payments are not final.")
      case .services:
        .init(\Self.services, "The services of the policy that the caller may use, sorted.")
      }
    }

    /// A reply.
    public init(
      version: String, network: String, separation: String, timeMs: UInt64, openPayments: Int,
      services: [String]
    ) {
      self.version = version
      self.network = network
      self.separation = separation
      self.timeMs = timeMs
      self.openPayments = openPayments
      self.services = services
    }
  }
}

/// Keeps a token for the connection; each request is still checked anew.
public enum SessionOpen: RPCMethod {
  /// `session.open`.
  public static let name = "session.open"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Keeps a token for the connection; each request is still checked anew."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict]
  /// It takes none.
  public typealias Parameters = NoParameters

  /// Whose session it is.
  public struct Reply: RPCObject, Equatable {
    /// The node that the token acts at.
    public let node: NodeID
    /// The end of the token, in Unix seconds; nil for none.
    public let validUntil: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case node
      case validUntil = "valid_until"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .node:
        .init(\Self.node, "The node that the token acts at.")
      case .validUntil:
        .init(\Self.validUntil, "The end of the token, in Unix seconds; missing for none.")
      }
    }

    /// A reply.
    public init(node: NodeID, validUntil: UInt64?) {
      self.node = node
      self.validUntil = validUntil
    }
  }
}

/// What the wallet says of itself.
public enum WalletDescribe: RPCMethod {
  /// `wallet.info`.
  public static let name = "wallet.info"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = "What the wallet says of itself."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.upstream]
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The wallet.
  public struct Reply: RPCObject, Equatable {
    /// Its kind, such as `lnbits`.
    public let kind: String
    /// The name it goes by.
    public let name: String
    /// What it can spend, in msat; nil when it does not say.
    public let balanceMsat: Msat?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case kind, name
      case balanceMsat = "balance_msat"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .kind:
        .init(\Self.kind, "Its kind, such as lnbits.")
      case .name:
        .init(\Self.name, "The name it goes by.")
      case .balanceMsat:
        .init(\Self.balanceMsat, "What it can spend, in msat; missing when it does not say.")
      }
    }

    /// A reply.
    public init(_ info: WalletInfo) {
      kind = info.kind
      name = info.name
      balanceMsat = info.balance
    }
  }
}

/// Makes an invoice that pays the wallet.
public enum WalletInvoice: RPCMethod {
  /// `wallet.invoice`.
  public static let name = "wallet.invoice"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = "Makes an invoice that pays the wallet."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict, .upstream]
  /// A key repeats the first answer.
  public static let isRepeatable = true

  /// What it asks for.
  public struct Parameters: RPCParameters {
    /// How much, in msat; positive.
    public var amountMsat: Msat
    /// What the payer reads; empty when missing.
    public var description: String?
    /// How long it is good, in seconds; 3600 when missing.
    public var expirySeconds: UInt64?

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case description
      case amountMsat = "amount_msat"
      case expirySeconds = "expiry_s"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .amountMsat:
        .init(\Self.amountMsat, "How much, in msat; positive.").atLeast(1)
      case .description:
        .init(\Self.description, "What the payer reads; empty when missing.")
      case .expirySeconds:
        .init(\Self.expirySeconds, "How long it is good, in seconds; 3600 when missing.")
          .within(1...31_536_000)
      }
    }

    /// An invoice over `amountMsat`.
    public init(amountMsat: Msat, description: String? = nil, expirySeconds: UInt64? = nil) {
      self.amountMsat = amountMsat
      self.description = description
      self.expirySeconds = expirySeconds
    }
  }

  /// The invoice.
  public struct Reply: RPCObject, Equatable {
    /// BOLT 11.
    public let invoice: String

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case invoice }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .invoice:
        .init(\Self.invoice, "BOLT 11.")
      }
    }

    /// A reply.
    public init(invoice: String) { self.invoice = invoice }
  }
}

/// Recomputes every counter of the ledger from its rows.
public enum LedgerVerify: RPCMethod {
  /// `ledger.verify`.
  public static let name = "ledger.verify"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary = "Recomputes every counter of the ledger from its rows."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// It takes none.
  public typealias Parameters = NoParameters

  /// What was found.
  public struct Reply: RPCObject, Equatable {
    /// Whether every counter is right.
    public let ok: Bool
    /// How many nodes were checked.
    public let nodes: UInt64
    /// How many holds were added up.
    public let holds: UInt64
    /// Each difference, in words.
    public let faults: [String]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case ok, nodes, holds, faults }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .ok:
        .init(\Self.ok, "Whether every counter is right.")
      case .nodes:
        .init(\Self.nodes, "How many nodes were checked.")
      case .holds:
        .init(\Self.holds, "How many holds were added up.")
      case .faults:
        .init(\Self.faults, "Each difference, in words.")
      }
    }

    /// A reply.
    public init(ok: Bool, nodes: UInt64, holds: UInt64, faults: [String]) {
      self.ok = ok
      self.nodes = nodes
      self.holds = holds
      self.faults = faults
    }
  }
}

/// Takes grants that are long over out of the ledger, into a file beside it.
public enum LedgerArchive: RPCMethod {
  /// `ledger.archive`.
  public static let name = "ledger.archive"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Takes grants that are long over out of the ledger, into a file beside it."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict]

  /// Which grants.
  public struct Parameters: RPCParameters {
    /// Those that ended so many seconds ago or longer; at least a day.
    public var olderThanSeconds: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case olderThanSeconds = "older_than_s"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .olderThanSeconds:
        .init(
          \Self.olderThanSeconds,
          "Those that ended so many seconds ago or longer; at least a day."
        ).atLeast(86_400)
      }
    }

    /// Those that ended `olderThanSeconds` ago or longer.
    public init(olderThanSeconds: UInt64) { self.olderThanSeconds = olderThanSeconds }
  }

  /// What was archived.
  public struct Reply: RPCObject, Equatable {
    /// The file; nil when there was nothing to archive.
    public let file: String?
    /// How many grants are in it.
    public let grants: UInt64
    /// How many holds are in it.
    public let holds: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case file, grants, holds }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .file:
        .init(\Self.file, "The file; missing when there was nothing to archive.")
      case .grants:
        .init(\Self.grants, "How many grants are in it.")
      case .holds:
        .init(\Self.holds, "How many holds are in it.")
      }
    }

    /// A reply.
    public init(file: String?, grants: UInt64, holds: UInt64) {
      self.file = file
      self.grants = grants
      self.holds = holds
    }
  }
}
