internal import AsyncHTTPClient
internal import Glibc
internal import LibCrypto
internal import Logging
internal import NIOPosix
internal import PurserConfig
internal import PurserCore
internal import PurserLedger
internal import PurserServer
internal import PurserWallet
internal import ServiceLifecycle
internal import UnixSignals

/// Wires the parts together and runs them until a signal.
struct Daemon {
  private let settings: Configuration
  private let activated: ActivatedSockets
  private let log: Logger

  init(_ settings: Configuration, activated: ActivatedSockets) {
    self.settings = settings
    self.activated = activated
    LoggingSystem.bootstrap(StreamLogHandler.standardError)
    var log = Logger(label: "purserd")
    log.logLevel = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
    self.log = log
  }

  func run() async throws {
    let plan = try SocketPlan(
      settings, activated: activated, ownUser: geteuid(), ownGroup: getegid())
    // Caught from before the policy is read: one that comes meanwhile is not lost.
    let hangUps = await UnixSignalsSequence(trapping: .sighup)
    let policies = try PolicySource(reading: settings.policyFile, log)
    let keyring = try KeyFile.load(settings.keyFile)
    let auditKeys = try AuditKeyFile.loadOrCreate(settings.auditKeyFile)
    let operators = OperatorGuard(
      separation: settings.separation.rawValue,
      passphrase: try settings.operatorPassphraseFile.map(PassphraseFile.load))
    try makeDataDirectory()
    // The ledger's lock comes first: it is what keeps a second daemon from going any further.
    var ledgerSettings = LedgerSettings(bounds: policies.current.policy.bounds)
    ledgerSettings.endProcess = { [log] reason in
      log.critical("\(reason)")
      // Whoever waits is to see the connection end, not an answer.
      _exit(EXIT_FAILURE)
    }
    let ledger = try SQLiteLedger(
      path: settings.dataDirectory + "/ledger.db", settings: ledgerSettings,
      wallClock: SystemClock.now)
    defer { ledger.close() }
    let http = HTTPClient(
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      configuration: SellerHTTP.configuration)
    do {
      let wallet = try makeWallet()
      let coordinator = Coordinator(
        ledger: ledger, wallet: wallet, sellers: SellerHTTP(client: http), policies: policies,
        keyring: keyring, auditKeys: auditKeys, network: settings.network, random: randomBytes,
        log: log, operators: operators,
        readKeys: { [file = settings.keyFile] in try KeyFile.load(file) })
      try await serve(coordinator, plan, ledger: ledger, hangUps)
      try await http.shutdown()
    } catch {
      try? await http.shutdown()
      throw error
    }
  }

  /// Recovers what was in flight, then serves until SIGTERM or SIGINT.
  private func serve(
    _ coordinator: Coordinator, _ plan: SocketPlan, ledger: SQLiteLedger,
    _ hangUps: UnixSignalsSequence
  ) async throws {
    await coordinator.recordStart()
    try await coordinator.recoverPayments()
    await coordinator.compareRestored()
    let refusals = RefusalLog(ledger: ledger)
    let sockets = SocketServer(
      requests: RequestHandler(coordinator, refusals: refusals, log: log),
      settings: plan.settings,
      group: MultiThreadedEventLoopGroup.singleton, log: log)
    // The group's own log prints whole services, with whatever they hold: it gets none.
    let silent = Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }
    // Stopped from the last to the first: sockets, then purchases, then the notes of refusals, and
    // the last checkpoint when nothing is written any more.
    let services = ServiceGroup(
      services: [
        LogKeeper(
          coordinator: coordinator, interval: .seconds(settings.checkpointIntervalSeconds),
          log: log), RefusalFlusher(refusals: refusals), PaymentWatcher(coordinator: coordinator),
        PolicyReloader(coordinator: coordinator, hangUps: hangUps),
        SocketService(sockets: sockets, coordinator: coordinator, log: log),
      ], gracefulShutdownSignals: [.sigterm, .sigint], logger: silent)
    try await services.run()
    log.info("stopped")
  }

  private func makeDataDirectory() throws {
    guard mkdir(settings.dataDirectory, 0o700) != 0, errno != EEXIST else { return }
    let reason = String(cString: strerror(errno))
    throw StartError(
      description: """
        the data directory could not be made: \(settings.dataDirectory): \(reason); make the \
        directory above it, or set another data_dir
        """)
  }

  private func makeWallet() throws -> any Wallet {
    switch settings.wallet {
    case .simulated(let store, let node):
      let network = try SimulatedNetwork(path: store, bitcoinNetwork: settings.network)
      // Play money, given once, when the node is new.
      return try network.wallet(of: node, openingBalance: Msat(1_000_000_000) ?? .zero)
    case .lnbits(let lnbits):
      let adminKey = try SecretFile.readLine(lnbits.adminKeyFile)
      var invoiceKey = adminKey
      if let file = lnbits.invoiceKeyFile { invoiceKey = try SecretFile.readLine(file) }
      return try LNbitsWallet(
        url: lnbits.origin, adminKey: adminKey, invoiceKey: invoiceKey,
        settings: LNbitsSettings(
          reserveMinimum: lnbits.feeReserveMinimum,
          reservePartsPerMillion: UInt32(clamping: lnbits.feeReserveMillionths)))
    case .lnd(let lnd):
      return try LNDWallet(
        url: lnd.origin, macaroon: try SecretFile.read(lnd.macaroonFile),
        certificates: try lnd.certificateFile.map { try CertificateFile.read($0) })
    case .coreLightning(.socket(let path)): return CLNWallet(socket: path)
    case .coreLightning(.rest(let origin, let runeFile, let certificateFile)):
      return try CLNWallet(
        url: origin, rune: try SecretFile.readLine(runeFile),
        certificates: try certificateFile.map { try CertificateFile.read($0) })
    case .phoenixd(let phoenixd):
      return try PhoenixdWallet(
        url: phoenixd.origin, password: try SecretFile.readLine(phoenixd.passwordFile))
    case .nwc(let nwc):
      return try NWCWallet(
        uri: try SecretFile.readLine(nwc.uriFile),
        settings: NWCSettings(
          reserveMinimum: nwc.feeReserveMinimum,
          reservePartsPerMillion: UInt32(clamping: nwc.feeReserveMillionths)))
    }
  }
}

/// Why the daemon did not start.
struct StartError: Error, CustomStringConvertible {
  let description: String
}
