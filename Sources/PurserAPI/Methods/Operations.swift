public import PurserCore

/// What the daemon says of itself.
public enum SystemInfo: RPCMethod {
  /// `system.info`.
  public static let name = "system.info"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The daemon.
  public struct Reply: Codable, Sendable, Equatable {
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

    enum CodingKeys: String, CodingKey {
      case version, network, separation, services
      case timeMs = "time_ms"
      case openPayments = "open_payments"
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
  /// It takes none.
  public typealias Parameters = NoParameters

  /// Whose session it is.
  public struct Reply: Codable, Sendable, Equatable {
    /// The node that the token acts at.
    public let node: NodeID
    /// The end of the token, in Unix seconds; nil for none.
    public let validUntil: UInt64?

    enum CodingKeys: String, CodingKey {
      case node
      case validUntil = "valid_until"
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
  /// It takes none.
  public typealias Parameters = NoParameters

  /// The wallet.
  public struct Reply: Codable, Sendable, Equatable {
    /// Its kind, such as `lnbits`.
    public let kind: String
    /// The name it goes by.
    public let name: String
    /// What it can spend, in msat; nil when it does not say.
    public let balanceMsat: Msat?

    enum CodingKeys: String, CodingKey {
      case kind, name
      case balanceMsat = "balance_msat"
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

    /// An invoice over `amountMsat`.
    public init(amountMsat: Msat, description: String? = nil, expirySeconds: UInt64? = nil) {
      self.amountMsat = amountMsat
      self.description = description
      self.expirySeconds = expirySeconds
    }
  }

  /// The invoice.
  public struct Reply: Codable, Sendable, Equatable {
    /// BOLT 11.
    public let invoice: String

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
  /// It takes none.
  public typealias Parameters = NoParameters

  /// What was found.
  public struct Reply: Codable, Sendable, Equatable {
    /// Whether every counter is right.
    public let ok: Bool
    /// How many nodes were checked.
    public let nodes: UInt64
    /// How many holds were added up.
    public let holds: UInt64
    /// Each difference, in words.
    public let faults: [String]

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

  /// Which grants.
  public struct Parameters: RPCParameters {
    /// Those that ended so many seconds ago or longer; at least a day.
    public var olderThanSeconds: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case olderThanSeconds = "older_than_s"
    }

    /// Those that ended `olderThanSeconds` ago or longer.
    public init(olderThanSeconds: UInt64) { self.olderThanSeconds = olderThanSeconds }
  }

  /// What was archived.
  public struct Reply: Codable, Sendable, Equatable {
    /// The file; nil when there was nothing to archive.
    public let file: String?
    /// How many grants are in it.
    public let grants: UInt64
    /// How many holds are in it.
    public let holds: UInt64

    /// A reply.
    public init(file: String?, grants: UInt64, holds: UInt64) {
      self.file = file
      self.grants = grants
      self.holds = holds
    }
  }
}
