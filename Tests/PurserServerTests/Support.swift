import Foundation
import L402
import LibCrypto
import Logging
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Synchronization

@testable import PurserServer

/// A directory that goes when the test ends.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "purser-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}

/// The key that signs checkpoints in tests.
let testAuditKeys: AuditKeys = {
  guard let signer = try? AuditKeys.signer(privateKey: [UInt8](repeating: 9, count: 32)) else {
    preconditionFailure("32 bytes are a key")
  }
  return AuditKeys(signer: signer)
}()

/// What reading the policy's files gives.
final class PolicyFiles: Sendable {
  let reading = Mutex(PolicySource.Reading.refused(["nothing was written yet"]))
}

/// A daemon without its sockets: the real ledger, a scripted wallet and a scripted seller.
final class TestDaemon: Sendable {
  let scratch: Scratch
  let clock: ManualClock
  let maker = GrantMaker()
  let seller: ScriptedSeller
  let wallet: ScriptedWallet
  let ledger: SQLiteLedger
  let refusals: RefusalLog
  /// What a reload finds.
  let files = PolicyFiles()
  let coordinator: Coordinator
  let handler: RequestHandler
  /// What the key file is said to hold.
  let keyFile: KeyFileStandIn

  /// A daemon whose ids and keys follow from `seed`, if there is one.
  ///
  /// `change` may alter the policy; `previous` is a daemon whose files and peers this one takes
  /// over, as after a restart.
  init(
    after previous: TestDaemon? = nil, seed: UInt64? = nil,
    operators: OperatorGuard = OperatorGuard(),
    _ change: (inout Policy) -> Void = { _ in }
  ) throws {
    let seeded = seed.map { Seeded(SeededGenerator(seed: $0)) }
    let random: @Sendable (Int) -> [UInt8] = { seeded?.bytes($0) ?? randomBytes($0) }
    let clock = previous?.clock ?? ManualClock()
    let seller = previous?.seller ?? ScriptedSeller(clock: clock)
    scratch = try previous?.scratch ?? Scratch()
    self.clock = clock
    self.seller = seller
    wallet =
      previous?.wallet
      ?? ScriptedWallet { order in
        guard let preimage = seller.preimage(for: order.invoice.paymentHash) else {
          return .failed(reason: "no route")
        }
        return .settled(preimage: preimage, fee: msat(7))
      }
    previous?.ledger.close()
    ledger = try SQLiteLedger(
      path: scratch.file("ledger.db"), settings: LedgerSettings(sweepIntervalMs: 3_600_000),
      wallClock: clock.now)
    var policy = Policy(services: [
      "data": Service(
        id: "data", origins: ["http://data"], challengePath: "/", capabilities: ["read", "write"],
        priceCeiling: msat(50_000), feeLimit: msat(100)),
      "pinned": Service(
        id: "pinned", origins: ["http://pinned"], challengePath: "/", payees: [seller.node],
        feeLimit: msat(100)),
      "bare": Service(
        id: "bare", origins: ["http://bare"], challengePath: "/", priceCeiling: msat(50_000),
        feeLimit: msat(100), caveats: [], hashBinding: .none, bare: .allow),
    ])
    change(&policy)
    let files = self.files
    let policies = PolicySource(PolicyEdition(policy: policy)) { files.reading.withLock { $0 } }
    files.reading.withLock { $0 = .read(policies.current, warnings: []) }
    refusals = RefusalLog(ledger: ledger)
    let keyFile = KeyFileStandIn(maker.keyring)
    self.keyFile = keyFile
    coordinator = Coordinator(
      ledger: ledger, wallet: wallet, sellers: seller, policies: policies, keyring: maker.keyring,
      auditKeys: testAuditKeys, network: .regtest, random: random, log: quietLog,
      operators: operators, readKeys: keyFile.read)
    handler = RequestHandler(coordinator, refusals: refusals, log: quietLog)
  }

  deinit { ledger.close() }

  /// A coordinator over the same ledger and wallet, with other sellers.
  func coordinator(sellers: any SellerConnection) -> Coordinator {
    Coordinator(
      ledger: ledger, wallet: wallet, sellers: sellers, policies: coordinator.policies,
      keyring: maker.keyring,
      auditKeys: testAuditKeys, network: .regtest, random: { randomBytes($0) }, log: quietLog)
  }

  /// A handler over another ledger, which may be this daemon's own in disguise.
  func handler(ledger: any Ledger, refusals: RefusalLog? = nil) -> RequestHandler {
    let coordinator = Coordinator(
      ledger: ledger, wallet: wallet, sellers: seller, policies: coordinator.policies,
      keyring: maker.keyring, auditKeys: testAuditKeys, network: .regtest,
      random: { randomBytes($0) }, log: quietLog)
    return RequestHandler(coordinator, refusals: refusals ?? self.refusals, log: quietLog)
  }

  var agents: Session { session() }
  var operators: Session { session(isOperator: true) }

  func session(isOperator: Bool = false, pid: Int32 = 42) -> Session {
    Session(
      peer: PeerProcess(processID: pid, userID: 1000, groupID: 1000), isOperatorSocket: isOperator)
  }

  /// A top-level token.
  func top(_ caveats: GrantCaveat..., id: UInt8 = 1) -> GrantToken {
    maker.top(node(id), caveats)
  }

  /// A token one level below.
  func child(_ parent: GrantToken, _ caveats: GrantCaveat..., nonce: UInt8 = 9) -> GrantToken {
    maker.child(of: parent, nonce: [UInt8](repeating: nonce, count: 16), caveats)
  }

  /// Calls a method as a client would, over JSON, without a socket.
  func call<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, token: GrantToken? = nil,
    key: String? = nil, in session: Session? = nil
  ) async throws -> Method.Reply {
    let session = session ?? (token == nil ? operators : agents)
    let request = RPCRequest<Method>(
      id: .number(1), parameters,
      options: CallOptions(token: token?.text, idempotencyKey: key))
    let answer = await handler.answer(try WireJSON.encode(request), in: session) ?? []
    return try WireJSON.decode(RPCResponse<Method.Reply>.self, from: answer).outcome.get()
  }

  /// The error of a call; nil when it had a reply.
  func error<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, token: GrantToken? = nil,
    key: String? = nil, in session: Session? = nil
  ) async throws -> RPCError? {
    do {
      _ = try await call(method, parameters, token: token, key: key, in: session)
      return nil
    } catch let error as RPCError {
      return error
    }
  }

  /// The answer to one line, as text.
  func line(_ text: String, in session: Session? = nil) async -> String? {
    await handler.answer(Array(text.utf8), in: session ?? agents)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// What a top-level node has settled and held.
  func counters(_ token: GrantToken) throws -> (settled: UInt64, held: UInt64) {
    let node = try ledger.node(maker.chain(token).node)
    return (node?.settled.value ?? 0, node?.held.value ?? 0)
  }

  /// The actions of the audit log, oldest first.
  func actions() throws -> [String] {
    try ledger.events(after: 0, limit: 10_000, under: nil).map { event in
      let json = try JSONDecoder().decode(AuditLine.self, from: Data(event.text.utf8))
      return json.action
    }
  }

  /// How many credentials are active.
  func activeCredentials() throws -> Int {
    try ledger.credentials(service: nil).filter { $0.state == .active }.count
  }
}

/// A key file in memory.
final class KeyFileStandIn: Sendable {
  private let kept: Mutex<Keyring?>

  init(_ keyring: Keyring) { kept = Mutex(keyring) }

  /// Changes what is in it; nil makes it unreadable.
  func hold(_ keyring: Keyring?) { kept.withLock { $0 = keyring } }

  func read() throws -> Keyring {
    guard let keyring = kept.withLock({ $0 }) else { throw Refusal.storage("no key file") }
    return keyring
  }
}

/// A generator that tasks share.
private final class Seeded: Sendable {
  private let generator: Mutex<SeededGenerator>

  init(_ generator: SeededGenerator) { self.generator = Mutex(generator) }

  func bytes(_ count: Int) -> [UInt8] { generator.withLock { $0.bytes(count) } }
}

private struct AuditLine: Decodable {
  let action: String
}

let quietLog = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func msat(_ value: UInt64) -> Msat { Msat(value) ?? .max }

func node(_ byte: UInt8) -> NodeID {
  guard let id = NodeID(bytes: [UInt8](repeating: byte, count: 16)) else {
    preconditionFailure("16 bytes are an id")
  }
  return id
}
