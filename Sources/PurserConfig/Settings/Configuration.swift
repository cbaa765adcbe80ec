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
  /// Who may connect to the agents' socket.
  public var agentAccess = SocketPermissions()
  /// Who may connect to the operators' socket; of those, operators are served.
  public var operatorAccess = SocketPermissions()
  /// The users that count as operators; nil for the daemon's own user.
  public var operatorUserIDs: Set<UInt32>?
  /// Whether agents and operators must be different users.
  public var separation = Separation.none
  /// The file of what the operators' passphrase is checked with; nil for no passphrase.
  public var operatorPassphraseFile: String?
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

/// Whether agents and operators are kept apart by their users.
public enum Separation: String, Sendable, CaseIterable {
  /// They must be: the daemon does not start when an operator, or its own user, may use the agents'
  /// socket.
  case required
  /// They need not be: whoever runs as an operator's user can approve and spend.
  case none
}

/// Which users the file system lets connect to a socket.
public struct SocketPermissions: Sendable, Equatable {
  /// The group of the socket, by name or by number; nil for the daemon's own group.
  public var group: String?
  /// The permissions, read and write alone; nil for those that fit the group.
  public var mode: UInt32?

  /// Permissions for a group; for the daemon's own user alone when neither is given.
  public init(group: String? = nil, mode: UInt32? = nil) {
    self.group = group
    self.mode = mode
  }

  /// The permissions of the socket when `separation` is asked for.
  ///
  /// With separation the owner, which is the daemon's own user, is left out.
  public func effectiveMode(_ separation: Separation) -> UInt32 {
    mode ?? (group == nil ? 0o600 : separation == .required ? 0o060 : 0o660)
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
  /// A node of lnd.
  case lnd(LNDConfiguration)
  /// A node of Core Lightning.
  case coreLightning(CoreLightningConfiguration)
  /// A wallet of phoenixd.
  case phoenixd(PhoenixdConfiguration)
  /// A wallet over Nostr Wallet Connect.
  case nwc(NWCWalletConfiguration)
}

/// How a wallet is reached over Nostr Wallet Connect, and what it may spend on routing.
public struct NWCWalletConfiguration: Sendable, Equatable {
  /// The file with the connection, `nostr+walletconnect://…`, which is a secret.
  public var uriFile: String
  /// The share of an amount that the wallet may spend on routing, in millionths; 0 to 1,000,000.
  public var feeReserveMillionths: UInt64
  /// The least that it may spend.
  public var feeReserveMinimum: Msat

  /// A wallet with a usual reserve: 1 % and at least 2 sat.
  public init(
    uriFile: String, feeReserveMillionths: UInt64 = 10_000,
    feeReserveMinimum: Msat = Msat(2000) ?? .zero
  ) {
    self.uriFile = uriFile
    self.feeReserveMillionths = feeReserveMillionths
    self.feeReserveMinimum = feeReserveMinimum
  }
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
