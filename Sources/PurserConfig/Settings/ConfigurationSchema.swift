internal import Glibc
internal import L402
internal import PurserCore

/// The keys of `config.yaml`.
struct ConfigurationSchema {
  let directory: String
  let environment: [String: String]

  /// The configuration; nil when a key that has no default is a mistake.
  func read(_ root: Section) -> Configuration? {
    guard root.checkVersion(newest: Configuration.version) else { return nil }
    let dataDirectory = requiredPath("data_dir", root)
    let sockets = sockets(root)
    let keyFile = optionalPath("key_file", root) ?? resolve("purser.key")
    let auditKeyFile = optionalPath("audit_key_file", root) ?? resolve("audit.key")
    let policyFile = optionalPath("policy_file", root) ?? resolve("policy.yaml")
    let passphraseFile = optionalPath("operator_passphrase_file", root)
    let network = root.required("network", .network)
    let wallet = root.required("wallet")?.mapping(wallet)
    let logLevel = root.optional("log_level", .choice) ?? LogLevel.info
    let interval = root.optional("checkpoint_interval", .duration)
    let operators = operatorUserIDs(root)
    let separation = root.optional("separation", .choice) ?? Separation.none
    guard let dataDirectory, let sockets, let network, let wallet else { return nil }
    var configuration = Configuration(
      dataDirectory: dataDirectory, agentSocket: sockets.agents, operatorSocket: sockets.operators,
      keyFile: keyFile, auditKeyFile: auditKeyFile, policyFile: policyFile, network: network,
      wallet: wallet, connections: sockets.connections, logLevel: logLevel)
    if let interval { configuration.checkpointIntervalSeconds = interval }
    configuration.agentAccess = sockets.agentAccess
    configuration.operatorAccess = sockets.operatorAccess
    configuration.operatorUserIDs = operators.map(Set.init)
    configuration.separation = separation
    configuration.operatorPassphraseFile = passphraseFile
    return configuration
  }

  // MARK: Sockets

  /// A socket as the file has it: its path, when there is one, and who may connect.
  private struct Place {
    var path: String?
    var access = SocketPermissions()
  }

  private struct Sockets {
    let agents: String
    let operators: String
    let agentAccess: SocketPermissions
    let operatorAccess: SocketPermissions
    let connections: ConnectionLimits
  }

  private func sockets(_ root: Section) -> Sockets? {
    let field = root["sockets"]
    let named = field?.mapping { section in
      (
        agents: place("agents", section), operators: place("operators", section),
        connections: connectionLimits(section)
      )
    }
    if field != nil, named == nil { return nil }
    let blamed = field ?? root.field
    let fallback = Configuration.defaultSockets(environment: environment, isRoot: geteuid() == 0)
    guard let agents = named?.agents.path ?? fallback?.agents,
      let operators = named?.operators.path ?? fallback?.operators
    else {
      blamed.report(.noDefaultPlace(variable: "XDG_RUNTIME_DIR"))
      return nil
    }
    if FilePath.directory(of: agents) == FilePath.directory(of: operators) {
      blamed.report(.socketsTogether)
    }
    let maximum = Configuration.maximumSocketPathLength
    if max(agents.utf8.count, operators.utf8.count) > maximum {
      blamed.report(.socketPathTooLong(maximum: maximum))
    }
    return Sockets(
      agents: agents, operators: operators,
      agentAccess: named?.agents.access ?? SocketPermissions(),
      operatorAccess: named?.operators.access ?? SocketPermissions(),
      connections: named?.connections ?? ConnectionLimits())
  }

  /// A path, or a mapping of a path and permissions.
  private func place(_ key: String, _ section: Section) -> Place {
    guard let field = section[key] else { return Place() }
    guard field.isMapping else { return Place(path: field.value(.path).map(resolve)) }
    return field.mapping { place in
      Place(
        path: optionalPath("path", place),
        access: SocketPermissions(
          group: place.optional("group", .account), mode: place.optional("mode", .permissions)))
    } ?? Place()
  }

  private func operatorUserIDs(_ root: Section) -> [UInt32]? {
    let largest = UInt64(UInt32.max) - 1
    let ids = root.optionalList("operator_uids", of: .number(0...largest), maximum: 256)
    guard let ids, !ids.isEmpty else {
      if ids != nil { root["operator_uids"]?.report(.noOperators) }
      return nil
    }
    return ids.map { UInt32($0) }
  }

  private func connectionLimits(_ section: Section) -> ConnectionLimits {
    let count = ValueKind<UInt64>.number(1...65_536)
    var limits = ConnectionLimits()
    limits.ofSocket = section.optional("connections", count) ?? limits.ofSocket
    limits.ofProcess = section.optional("connections_per_process", count) ?? limits.ofProcess
    return limits
  }

  // MARK: Wallet

  private enum WalletKind: String, CaseIterable {
    case simulated
    case lnbits
    case lnd
    case coreLightning = "core_lightning"
    case phoenixd
    case nwc
  }

  private func wallet(_ section: Section) -> WalletConfiguration? {
    guard let kind = section.required("kind", ValueKind<WalletKind>.choice) else {
      section.takeAnyKey()
      return nil
    }
    switch kind {
    case .simulated:
      let store = requiredPath("store", section)
      let node = section.required("node", .name)
      guard let store, let node else { return nil }
      return .simulated(store: store, node: node)
    case .lnbits: return lnbits(section).map { .lnbits($0) }
    case .lnd: return lnd(section).map { .lnd($0) }
    case .coreLightning: return coreLightning(section).map { .coreLightning($0) }
    case .phoenixd: return phoenixd(section).map { .phoenixd($0) }
    case .nwc: return nwc(section).map { .nwc($0) }
    }
  }

  private func lnbits(_ section: Section) -> LNbitsConfiguration? {
    let origin = section.required("url", .origin)
    let adminKeyFile = requiredPath("admin_key_file", section)
    let invoiceKeyFile = optionalPath("invoice_key_file", section)
    let share = section.optional("fee_reserve_percent", .percentage)
    let minimum = section.optional("fee_reserve_min", .amount)
    guard let origin, let adminKeyFile else { return nil }
    var wallet = LNbitsConfiguration(
      origin: origin, adminKeyFile: adminKeyFile, invoiceKeyFile: invoiceKeyFile)
    wallet.feeReserveMillionths = share ?? wallet.feeReserveMillionths
    wallet.feeReserveMinimum = minimum ?? wallet.feeReserveMinimum
    return wallet
  }

  private func nwc(_ section: Section) -> NWCWalletConfiguration? {
    let uriFile = requiredPath("uri_file", section)
    let share = section.optional("fee_reserve_percent", .percentage)
    let minimum = section.optional("fee_reserve_min", .amount)
    guard let uriFile else { return nil }
    var wallet = NWCWalletConfiguration(uriFile: uriFile)
    wallet.feeReserveMillionths = share ?? wallet.feeReserveMillionths
    wallet.feeReserveMinimum = minimum ?? wallet.feeReserveMinimum
    return wallet
  }

  // MARK: Paths

  func requiredPath(_ key: String, _ section: Section) -> String? {
    section.required(key, .path).map(resolve)
  }

  func optionalPath(_ key: String, _ section: Section) -> String? {
    section.optional(key, .path).map(resolve)
  }

  private func resolve(_ path: String) -> String { FilePath.resolve(path, in: directory) }
}

extension ValueKind where Value == BitcoinNetwork {
  /// A network by the name that people use, rather than by its prefix in invoices.
  static var network: ValueKind {
    .word(BitcoinNetwork.allCases.map { ($0.configurationName, $0) })
  }
}

extension BitcoinNetwork {
  /// The network's name in `config.yaml`.
  var configurationName: String {
    switch self {
    case .bitcoin: "bitcoin"
    case .testnet: "testnet"
    case .signet: "signet"
    case .regtest: "regtest"
    }
  }
}
