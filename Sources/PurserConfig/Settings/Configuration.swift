public import L402
public import PurserCore

/// What one daemon runs with; every path in it is absolute.
public struct Configuration: Sendable, Equatable {
  /// The directory of the ledger's database.
  public var dataDirectory: String
  /// The socket that agents use.
  public var agentSocket: String
  /// The socket that operators use.
  public var operatorSocket: String
  /// How many connections the sockets serve.
  public var connections: ConnectionLimits
  /// The file of the master keys.
  public var keyFile: String
  /// The file of the key that signs checkpoints of the audit log.
  public var auditKeyFile: String
  /// The policy.
  public var policyFile: String
  /// The network that invoices must be for.
  public var network: BitcoinNetwork
  /// The wallet that pays.
  public var wallet: WalletConfiguration
  /// The least severe messages that are logged.
  public var logLevel: LogLevel
  /// How often a checkpoint of the audit log is signed when the log has grown, in seconds.
  public var checkpointIntervalSeconds: UInt64

  /// A configuration of these parts.
  public init(
    dataDirectory: String, agentSocket: String, operatorSocket: String, keyFile: String,
    auditKeyFile: String, policyFile: String, network: BitcoinNetwork,
    wallet: WalletConfiguration, connections: ConnectionLimits = ConnectionLimits(),
    logLevel: LogLevel = .info, checkpointIntervalSeconds: UInt64 = 600
  ) {
    self.dataDirectory = dataDirectory
    self.agentSocket = agentSocket
    self.operatorSocket = operatorSocket
    self.connections = connections
    self.keyFile = keyFile
    self.auditKeyFile = auditKeyFile
    self.policyFile = policyFile
    self.network = network
    self.wallet = wallet
    self.logLevel = logLevel
    self.checkpointIntervalSeconds = checkpointIntervalSeconds
  }
}

/// How many connections there may be at once; who comes after that is turned away.
public struct ConnectionLimits: Sendable, Equatable {
  /// On each of the two sockets; 1 to 65,536.
  public var ofSocket: UInt64
  /// Of one process on one socket; 1 to 65,536.
  public var ofProcess: UInt64

  /// Limits that suit a machine with hundreds of agents.
  public init(ofSocket: UInt64 = 1024, ofProcess: UInt64 = 256) {
    self.ofSocket = ofSocket
    self.ofProcess = ofProcess
  }
}

/// Which wallet pays, and how it is reached.
public enum WalletConfiguration: Sendable, Equatable {
  /// The simulated network in the file `store`, as the node named `node`.
  case simulated(store: String, node: String)
  /// A wallet of an LNbits server.
  case lnbits(LNbitsConfiguration)
}

/// How an LNbits wallet is reached, and what it keeps back for routing.
public struct LNbitsConfiguration: Sendable, Equatable {
  /// `https://host[:port]`, or plain `http` on a loopback host.
  public var origin: String
  /// The file with the wallet's admin key, which pays.
  public var adminKeyFile: String
  /// The file with the wallet's invoice key, which only receives and looks up; nil to use the
  /// admin key for that too.
  public var invoiceKeyFile: String?
  /// The share of an amount that the server keeps back for routing, in millionths; 0 to 1,000,000.
  public var feeReserveMillionths: UInt64
  /// The least that it keeps back.
  public var feeReserveMinimum: Msat

  /// A wallet with an LNbits server's own defaults for the reserve: 1 % and at least 2 sat.
  public init(
    origin: String, adminKeyFile: String, invoiceKeyFile: String? = nil,
    feeReserveMillionths: UInt64 = 10_000, feeReserveMinimum: Msat = Msat(2000) ?? .zero
  ) {
    self.origin = origin
    self.adminKeyFile = adminKeyFile
    self.invoiceKeyFile = invoiceKeyFile
    self.feeReserveMillionths = feeReserveMillionths
    self.feeReserveMinimum = feeReserveMinimum
  }
}

/// How severe a message must be to be logged.
public enum LogLevel: String, Sendable, CaseIterable {
  /// Everything.
  case trace
  /// What helps to find a fault in the program.
  case debug
  /// What a daemon that works says.
  case info
  /// What may need somebody's attention.
  case notice
  /// What will need it.
  case warning
  /// What failed.
  case error
  /// What the daemon cannot go on with.
  case critical
}
