import Foundation
import LibSQLite
import PurserCore
import PurserTesting
import Synchronization

@testable import PurserLedger

/// A directory that goes when the test ends.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "purser-ledger-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}

/// A ledger in a directory of its own, with a clock that the test moves.
struct Harness {
  let scratch: Scratch
  let clock = ManualClock()
  let maker = GrantMaker()
  let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.file("ledger.db")
  }

  /// By default lapsed holds are looked for at the opening only, so that a test knows when.
  func open(_ settings: LedgerSettings = Harness.quiet) throws -> SQLiteLedger {
    try SQLiteLedger(path: path, settings: settings, wallClock: clock.now)
  }

  static let quiet = LedgerSettings(sweepIntervalMs: 3_600_000)

  /// A connection beside the ledger's own: what somebody with the file could do.
  func tamper(_ sql: String) throws {
    try SQLiteConnection(path: path).execute(sql)
  }

  /// A top-level grant with these caveats.
  func top(_ caveats: GrantCaveat..., id: UInt8 = 1) -> GrantToken {
    maker.top(node(id), caveats)
  }

  func node(_ byte: UInt8) -> NodeID {
    guard let id = NodeID(bytes: [UInt8](repeating: byte, count: 16)) else {
      preconditionFailure("16 bytes are an id")
    }
    return id
  }
}

/// The id whose bytes end with `number`.
func holdID(_ number: UInt64) -> HoldID {
  let bytes = [UInt8](repeating: 7, count: 8) + withUnsafeBytes(of: number.bigEndian, Array.init)
  guard let id = HoldID(bytes: bytes) else { preconditionFailure("16 bytes are an id") }
  return id
}

func msat(_ value: UInt64) -> Msat { Msat(value) ?? .max }

extension LedgerRequest {
  static func reserve(
    _ number: UInt64, _ amount: UInt64, by chain: GrantChain, until: Timestamp, key: String? = nil
  ) -> LedgerRequest {
    LedgerRequest(
      actor: .agent(chain.node, peer: nil),
      command: .reserve(
        Reservation(
          hold: holdID(number), chain: chain, amount: msat(amount), expiresAt: until)),
      idempotency: key.map {
        IdempotencyClaim(node: chain.node, method: "spend.reserve", key: $0, digest: [1])
      })
  }

  static func charge(_ number: UInt64, _ amount: UInt64, by chain: GrantChain) -> LedgerRequest {
    LedgerRequest(
      actor: .agent(chain.node, peer: nil),
      command: .charge(Charge(hold: holdID(number), chain: chain, amount: msat(amount))))
  }

  static func settle(_ number: UInt64, _ amount: UInt64, by chain: GrantChain) -> LedgerRequest {
    LedgerRequest(
      actor: .agent(chain.node, peer: nil),
      command: .settle(hold: holdID(number), amount: msat(amount)))
  }
}

extension SQLiteLedger {
  /// Checks a log without checkpoints.
  func verifyAudit() throws(Refusal) -> AuditReport { try verifyAudit(keys: []) }

  /// Sends requests in this order, all at once, and waits for the answers.
  func submitAll(_ requests: [LedgerRequest]) async -> [Result<Applied, Refusal>] {
    let answers = Mutex<[Int: Result<Applied, Refusal>]>([:])
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      if requests.isEmpty { return done.resume() }
      for (index, request) in requests.enumerated() {
        enqueue(request, from: 1) { answer in
          let isLast = answers.withLock { answers in
            answers[index] = answer
            return answers.count == requests.count
          }
          if isLast { done.resume() }
        }
      }
    }
    return answers.withLock { answers in requests.indices.compactMap { answers[$0] } }
  }

  /// The nodes of all trees, those that are over too.
  func allNodes() throws(Refusal) -> [Node] {
    try nodes(under: nil, includesOver: true, limit: 10_000).nodes
  }

  /// The kind of the refusal of `request`; nil when it was done.
  func refusal(of request: LedgerRequest) async -> String? {
    do throws(Refusal) {
      _ = try await submit(request, from: 1)
      return nil
    } catch { return error.kind }
  }
}

/// Holds the writer up until it is opened.
final class Gate: Sendable {
  private let condition = NSCondition()
  private let isOpen = Mutex(false)

  func wait() {
    condition.lock()
    defer { condition.unlock() }
    while !isOpen.withLock(\.self) { condition.wait() }
  }

  func open() {
    condition.lock()
    defer { condition.unlock() }
    isOpen.withLock { $0 = true }
    condition.broadcast()
  }
}
