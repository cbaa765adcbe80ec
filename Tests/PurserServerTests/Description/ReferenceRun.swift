import Foundation
import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Synchronization

@testable import PurserServer

/// Calls every method of a daemon whose clock, keys and randomness follow from nothing but this file,
/// and keeps what was said: the same in each run.
final class ReferenceRun {
  /// A request and its reply.
  struct Exchange {
    let parameters: CanonicalJSON
    let reply: CanonicalJSON
  }

  private let daemon: TestDaemon
  private let operators: Session
  private(set) var exchanges: [String: Exchange] = [:]
  private let told = Mutex<[String]>([])

  init() throws {
    var limits = GrantLimits()
    limits.spend = [SpendLimit(msat(10_000))]
    let claim = Claim(name: "research", claimant: Claimant(userID: 1000), limits: limits)
    daemon = try TestDaemon(seed: 402) { policy in
      policy.claims[claim.name] = claim
      policy.services["pinned"]?.invoices = .allow
    }
    operators = daemon.operators
  }

  /// The notifications that came, by method.
  var notifications: [String] { told.withLock(\.self) }

  /// Calls a method and keeps the exchange.
  @discardableResult
  private func call<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, token: String? = nil,
    key: String? = nil, in session: Session? = nil, of other: TestDaemon? = nil
  ) async throws -> Method.Reply {
    let request = RPCRequest<Method>(
      id: .number(1), parameters, options: CallOptions(token: token, idempotencyKey: key))
    let line = try WireJSON.encode(request)
    let session = session ?? (token == nil ? operators : daemon.agents)
    let answer = await (other ?? daemon).handler.answer(line, in: session, from: .peer) ?? []
    let reply = try WireJSON.decode(RPCResponse<Method.Reply>.self, from: answer).outcome.get()
    let json = try WireJSON.decode(CanonicalJSON.self, from: answer)["result"]
    exchanges[Method.name] = Exchange(
      parameters: try WireJSON.decode(CanonicalJSON.self, from: line)["params"] ?? .object([:]),
      reply: json ?? .object([:]))
    return reply
  }

  func run() async throws {
    let top = try await grants()
    let child = try await tokens(top)
    try await spending(child)
    try await buying(top)
    try await approving(top)
    try await operating(top)
    try await subscribing(top)
    try await governing(child)
    try await stopping(top, child)
    try await unlocking()
    try await keeping()
    try await restoring()
  }

  private func keeping() async throws {
    let keys = [1: SHA256.hash(Array("test".utf8)), 2: SHA256.hash([2])] as [UInt64: [UInt8]]
    daemon.keyFile.hold(Keyring(keys: keys, currentKeyID: 2))
    try await call(KeyReload.self, NoParameters())
    try await call(KeyReseal.self, .init(key: 1))
    try await call(KeyList.self, NoParameters())
    try await call(LedgerBackup.self, .init(file: daemon.scratch.file("monday.backup")))
    // Each backup has a salt of its own, and pages as SQLite lays them.
    if let made = exchanges[LedgerBackup.name], case .object(var reply) = made.reply {
      reply["sha256"] = .string(Hex.encode(SHA256.hash(Array("monday".utf8))))
      reply["bytes"] = .integer(204_900)
      exchanges[LedgerBackup.name] = Exchange(
        parameters: made.parameters, reply: .object(reply))
    }
  }

  /// Another daemon, whose operators have a passphrase.
  private func unlocking() async throws {
    let locked = try TestDaemon(
      operators: OperatorGuard(
        passphrase: OperatorPassphrase(
          Array("correct horse".utf8), salt: [UInt8](repeating: 1, count: 16))))
    try await call(
      OperatorUnlock.self, .init(passphrase: "correct horse"), in: locked.operators, of: locked)
  }

  private func restoring() async throws {
    let node = try await daemon.call(GrantCreate.self, .init()).node
    let now = daemon.clock.now()
    let note = RestoreNote(digest: Hex.encode(SHA256.hash([4])), events: 40, since: now)
    _ = try await daemon.ledger.submit(
      LedgerRequest(actor: .operatorUser(peer: nil), command: .restore(note)), from: 1)
    let payments = [UInt8(5), 6].map { number in
      WalletPayment(
        paymentHash: SHA256.hash([number]), amount: msat(21_000), fee: msat(12), time: now,
        state: .settled)
    }
    daemon.wallet.lists(payments)
    try await call(RestoreCompare.self, .init())
    try await call(
      PaymentBook.self, .init(paymentHash: Hex.encode(SHA256.hash([5])), node: node), key: "book-1")
    try await call(RestoreStatus.self, NoParameters())
  }

  private func grants() async throws -> String {
    try await call(Discover.self, NoParameters())
    var limits = GrantCreate.Parameters()
    limits.name = "research"
    limits.spendMsat = Msat(500_000)
    limits.windows = [WindowLimit(limitMsat: msat(100_000), per: "1h")]
    limits.services = ["data", "pinned", "bare"]
    limits.ttlSeconds = 86_400
    let top = try await call(GrantCreate.self, limits, key: "team-1").token
    try await call(GrantClaim.self, .init(), in: daemon.agents)
    try await call(SystemInfo.self, NoParameters(), token: top)
    try await call(ServiceList.self, NoParameters(), token: top)
    try await call(SessionOpen.self, NoParameters(), token: top)
    return top
  }

  private func tokens(_ top: String) async throws -> String {
    var limits = GrantCreate.Parameters()
    limits.name = "worker"
    limits.spendMsat = Msat(40_000)
    let child = try await call(TokenAttenuate.self, .init(limits), token: top).token
    try await call(TokenInspect.self, .init(), token: child)
    return child
  }

  private func spending(_ child: String) async throws {
    try await call(SpendQuote.self, .init(amountMsat: msat(50_000)), token: child)
    let hold = try await call(
      SpendReserve.self, .init(amountMsat: msat(20_000), ttlSeconds: 120), token: child,
      key: "job-7")
    try await call(
      SpendExtend.self, .init(hold: hold.hold, amountMsat: msat(25_000)), token: child)
    try await call(
      SpendSettle.self, .init(hold: hold.hold, amountMsat: msat(12_500)), token: child)
    try await call(SpendCharge.self, .init(amountMsat: msat(1_500)), token: child)
    let kept = try await daemon.call(
      SpendReserve.self, .init(amountMsat: msat(5_000)), token: try GrantToken(parsing: child))
    try await call(SpendRelease.self, .init(hold: kept.hold), token: child)
    let node = daemon.maker.chain(try GrantToken(parsing: child)).node
    try await call(GrantGet.self, .init(node: node))
    try await call(AuditMine.self, .init(limit: 2), token: child)
    try await call(
      GrantUpdate.self, .init(node: node, deltaMsat: -10_000), key: "less-1")
    try await call(GrantTree.self, .init())
  }

  private func buying(_ top: String) async throws {
    try await call(ChallengeQuote.self, .init(service: "data"), token: top)
    let copy = try await call(
      CredentialRequest.self, .init(service: "data", capabilities: ["read"], ttlSeconds: 600),
      token: top, key: "buy-1")
    try await call(
      ChallengePay.self, .init(service: "pinned", wwwAuthenticate: daemon.seller.challenge()),
      token: top)
    let offers = ChallengeParser.challenges(inHeaders: daemon.seller.challenge())
    if let invoice = offers.compactMap(\.challenge).first?.invoice {
      try await call(
        InvoicePay.self, .init(service: "pinned", invoice: invoice), token: top, key: "bill-1")
    }
    try await call(
      CredentialReport.self, .init(credential: copy.credential, problem: .refused), token: top)
    let entry = try await call(
      VaultImport.self, .init(service: "data", authorization: copy.authorization))
    try await call(VaultList.self, .init(service: "data"))
    try await call(VaultExport.self, .init(credential: entry.credential))
    try await call(VaultRemove.self, .init(credential: entry.credential))
  }

  private func approving(_ top: String) async throws {
    var limits = GrantCreate.Parameters()
    limits.name = "scraper"
    limits.approveAbove = [ApprovalThreshold(aboveMsat: msat(100))]
    let child = try await daemon.call(
      TokenAttenuate.self, .init(limits), token: try GrantToken(parsing: top)
    ).token
    for _ in 0..<2 {
      let pay = ChallengePay.Parameters(
        service: "pinned", wwwAuthenticate: daemon.seller.challenge())
      _ = try await daemon.error(ChallengePay.self, pay, token: try GrantToken(parsing: child))
    }
    let waiting = try await call(ApprovalList.self, .init()).approvals
    guard waiting.count == 2 else { return }
    try await call(ApprovalApprove.self, .init(approval: waiting[0].approval))
    try await call(ApprovalDeny.self, .init(approval: waiting[1].approval))
  }

  private func operating(_ top: String) async throws {
    try await call(WalletDescribe.self, NoParameters())
    daemon.wallet.may(
      WalletPowers(
        allowed: [.pay, .lookUp, .list, .balance], refused: [.receive], excess: ["onchain:read"],
        software: "lnd 0.19.2-beta"))
    try await call(WalletExamine.self, NoParameters())
    let draft = InvoiceDraft(
      network: .regtest, amountMsat: 1_000_000, timestampSeconds: daemon.clock.now().seconds,
      paymentHash: SHA256.hash([1]), paymentSecret: SHA256.hash([2]), purpose: .description("team"))
    daemon.wallet.makes(invoice: try draft.signed(privateKey: SHA256.hash([3])).text)
    try await call(
      WalletInvoice.self, .init(amountMsat: msat(1_000_000), description: "team"))
    daemon.wallet.pays { _ in .unknown(reason: "no answer") }
    _ = try await daemon.error(
      CredentialRequest.self, .init(service: "bare"), token: try GrantToken(parsing: top))
    try await call(
      PaymentReconcile.self,
      .init(fromMs: daemon.ledger.now().milliseconds - 60_000, untilMs: nil))
    let open = try await call(PaymentList.self, NoParameters())
    guard let payment = open.payments.first else { return }
    try await call(
      PaymentResolve.self,
      .init(hold: payment.hold, outcome: .failed, evidence: "the wallet's own list of payments"))
    try await call(AuditList.self, .init(after: 1, limit: 2))
    try await call(AuditCheckpoint.self, NoParameters())
    try await call(AuditVerify.self, NoParameters())
  }

  private func governing(_ child: String) async throws {
    var policy = daemon.coordinator.policy
    policy.services["pinned"]?.priceCeiling = msat(20_000)
    let file = PolicyEdition.File(
      name: "policy.yaml", digest: Hex.encode(SHA256.hash(Array("policy".utf8))))
    let edition = PolicyEdition(policy: policy, files: [file])
    daemon.files.reading.withLock { $0 = .read(edition, warnings: []) }
    try await call(PolicyReload.self, NoParameters())
    try await call(
      PolicyExplain.self,
      .init(target: child, service: "pinned", capabilities: nil, amountMsat: msat(15_000)))
  }

  private func subscribing(_ top: String) async throws {
    let (lines, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    operators.subscriptions?.open { lines in continuation.yield(lines) }
    let reply = try await call(
      AuditSubscribe.self, .init(actions: ["spend.charge"]), in: operators)
    operators.subscriptions?.start()
    _ = try await daemon.call(
      SpendCharge.self, .init(amountMsat: msat(750)), token: try GrantToken(parsing: top))
    for await line in lines {
      told.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
      break
    }
    try await call(AuditUnsubscribe.self, .init(subscription: reply.subscription), in: operators)
    operators.subscriptions?.close()
  }

  private func stopping(_ top: String, _ child: String) async throws {
    let node = daemon.maker.chain(try GrantToken(parsing: child)).node
    try await call(GrantFreeze.self, .init(node: node), token: top)
    try await call(GrantUnfreeze.self, .init(node: node), token: top)
    try await call(GrantRevoke.self, .init(target: child), token: top)
    try await call(GrantClose.self, .init(), token: top)
    daemon.clock.move(milliseconds: 90 * 86_400_000)
    try await call(AuditArchive.self, .init(olderThanSeconds: 86_400))
    try await call(LedgerArchive.self, .init(olderThanSeconds: 86_400))
    try await call(LedgerVerify.self, NoParameters())
  }

  /// What a page shows: no paths of this machine, and long secrets and documents cut.
  func shown(_ value: CanonicalJSON, as name: String = "") -> CanonicalJSON {
    switch value {
    case .object(let members):
      .object(
        Dictionary(uniqueKeysWithValues: members.map { ($0, shown($1, as: $0)) }))
    case .array where name == "methods": .array([])
    case .array(let values): .array(values.map { shown($0, as: name) })
    case .string(let text):
      .string(Self.cut(text.replacing(daemon.scratch.path, with: "/var/lib/purser"), name))
    case .integer, .bool: value
    }
  }

  private static let long: Set<String> = [
    "token", "target", "authorization", "grpc_macaroon", "www_authenticate", "invoice",
  ]

  private static func cut(_ text: String, _ name: String) -> String {
    long.contains(name) && text.count > 60 ? text.prefix(48) + "…" : text
  }
}
