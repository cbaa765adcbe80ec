public import L402
public import Logging
internal import PurserAPI
public import PurserCore

/// What a request becomes: the rules that need more than one of policy, ledger, vault and wallet.
///
/// A value without state of its own, and not an actor: between two steps of a purchase anything
/// may happen, so every step asks the ledger, which alone decides.
public struct Coordinator: Sendable {
  let ledger: any Ledger
  let wallet: any Wallet
  let sellers: any SellerConnection
  let policies: PolicySource
  let keys: MasterKeys
  /// Reads the master keys anew from where they were read at the start.
  let readKeys: @Sendable () throws -> Keyring
  let auditKeys: AuditKeys
  let sealer: Sealer
  let network: BitcoinNetwork
  let purchases: Purchases
  let paymentsInHand: PaymentsInHand
  let rootsInHand = RootsInHand()
  let approvalWaits: ApprovalWaits
  let sellerChecks: SellerChecks
  let random: @Sendable (Int) -> [UInt8]
  let holdIDs: HoldIDs
  let log: Logger
  let operators: OperatorGuard
  let passphraseGate: PassphraseGate
  let claimsTold = ClaimsTold()

  /// A coordinator over the given ports.
  ///
  /// `readKeys` reads the master keys anew; without it they stay as they are.
  public init(
    ledger: any Ledger, wallet: any Wallet, sellers: any SellerConnection,
    policies: PolicySource, keyring: Keyring, auditKeys: AuditKeys, network: BitcoinNetwork,
    random: @escaping @Sendable (Int) -> [UInt8], log: Logger,
    operators: OperatorGuard = OperatorGuard(),
    readKeys: (@Sendable () throws -> Keyring)? = nil,
    sleep: @escaping @Sendable (_ milliseconds: UInt64) async throws -> Void = {
      try await Task.sleep(for: .milliseconds($0))
    }
  ) {
    self.ledger = ledger
    self.wallet = wallet
    self.sellers = sellers
    self.policies = policies
    keys = MasterKeys(keyring)
    self.readKeys = readKeys ?? { keyring }
    self.auditKeys = auditKeys
    self.network = network
    self.random = random
    self.log = log
    self.operators = operators
    passphraseGate = PassphraseGate(operators.passphrase)
    holdIDs = HoldIDs(random: random)
    sealer = Sealer(keys: keys, random: random)
    purchases = Purchases()
    paymentsInHand = PaymentsInHand()
    approvalWaits = ApprovalWaits(sleep: sleep)
    sellerChecks = SellerChecks()
  }

  /// Writes to the audit log that the daemon starts, and what keeps operators and agents apart.
  ///
  /// A disk that takes no writes keeps nobody from reading.
  public func recordStart() async {
    let note = AuditNote(
      "daemon.start",
      [
        "version": .string(PurserVersion.current), "separation": .string(operators.separation),
        "passphrase": .bool(operators.passphrase != nil),
      ])
    let request = LedgerRequest(actor: .daemon, command: .note(note))
    do throws(Refusal) { _ = try await ledger.submit(request, from: Self.daemonSource) } catch {
      log.warning("the audit log does not say that the daemon started: \(error)")
    }
  }

  /// The policy in force; whoever decides by it reads it once and goes on with what was read.
  var policy: Policy { policies.current.policy }

  /// Starts no more purchases and waits for those under way.
  public func drainPurchases() async { await purchases.drain() }

  /// A fresh random identifier.
  func freshID<Kind>() -> Identifier<Kind> {
    guard let id = Identifier<Kind>(bytes: random(16)) else {
      preconditionFailure("the random source gave another number of bytes than it was asked for")
    }
    return id
  }

  /// Refuses when the token, or a grant of its chain, is stopped or over now.
  ///
  /// It spares the work; the ledger checks again in the transaction that counts.
  func checkStanding(of chain: GrantChain) throws(Refusal) {
    let ids = chain.levels.map(\.node)
    let marks = try ledger.marks(among: ids)
    for id in ids {
      switch marks[id]?.state {
      case .revoked: throw .revoked(id)
      case .frozen: throw .frozen(id)
      case nil: break
      }
    }
    let now = ledger.now()
    if let node = chain.expiredNode(at: now) { throw .expired(node) }
    var trace = RuleTrace.deciding
    try policy.bounds.checkEnd(
      of: chain.topNode, registeredAt: try ledger.node(chain.topNode)?.registeredAt, at: now,
      trace: &trace)
  }

  /// Submits a command of `caller` and waits until it is on disk.
  func submit(
    _ command: Command, by caller: Caller, claim: IdempotencyClaim? = nil,
    attachment: [UInt8]? = nil
  ) async throws(Refusal) -> Applied {
    try await ledger.submit(
      LedgerRequest(
        actor: caller.actor, command: command, idempotency: claim, attachment: attachment),
      from: caller.source)
  }
}
