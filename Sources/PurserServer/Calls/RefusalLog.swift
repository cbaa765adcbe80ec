public import PurserCore
internal import Synchronization

/// Counts the refusals of authenticated callers, to be written to the audit log together.
///
/// Outside the ledger's queue and bounded, so that a hostile worker can neither fill the disk nor
/// slow the others: refusals of one kind at one top-level grant are one entry, and a top-level
/// grant gets so many entries a minute.
public final class RefusalLog: Sendable {
  private struct Key: Hashable {
    let node: NodeID?
    let method: String
    let reason: String
  }

  private struct Entry {
    var count: UInt64
    let peer: PeerProcess?
  }

  private struct State {
    var counts: [Key: Entry] = [:]
    /// How many entries each top-level grant has opened in this minute.
    var opened: [NodeID?: Int] = [:]
    var minute: UInt64 = 0
  }

  /// The most entries for one top-level grant in a minute; the rest of its refusals in that minute
  /// are counted under one entry.
  public static let entriesPerMinute = 30

  private let state = Mutex(State())
  private let ledger: any Ledger

  /// A log over `ledger`.
  public init(ledger: any Ledger) { self.ledger = ledger }

  /// Counts one refusal.
  func note(_ refusal: Refusal, method: String, caller: Caller) {
    let reason = refusal.reason
    let top = caller.chain?.topNode
    let node = nearestKnownNode(of: caller)
    let minute = ledger.now().milliseconds / 60_000
    state.withLock { state in
      if state.minute != minute {
        state.minute = minute
        state.opened = [:]
      }
      var key = Key(node: node, method: method, reason: reason)
      if state.counts[key] == nil {
        if state.opened[top, default: 0] >= Self.entriesPerMinute {
          key = Key(node: top, method: "*", reason: "*")
        } else {
          state.opened[top, default: 0] += 1
        }
      }
      state.counts[key, default: Entry(count: 0, peer: caller.actor.peer)].count += 1
    }
  }

  /// What was counted since the last call.
  public func drain() -> [RefusalCount] {
    state.withLock { state in
      defer { state.counts = [:] }
      return state.counts.map { key, entry in
        RefusalCount(
          node: key.node, method: key.method, reason: key.reason, count: entry.count,
          peer: entry.peer)
      }.sorted { ($0.method, $0.reason) < ($1.method, $1.reason) }
    }
  }

  /// The lowest node of the caller's chain that has a row.
  private func nearestKnownNode(of caller: Caller) -> NodeID? {
    guard let chain = caller.chain else { return nil }
    for level in chain.levels.reversed() where (try? ledger.node(level.node)) ?? nil != nil {
      return level.node
    }
    return chain.topNode
  }

  /// Writes what was counted.
  public func flush() async {
    for count in drain() {
      let request = LedgerRequest(actor: .daemon, command: .recordRefusals(count))
      _ = try? await ledger.submit(request, from: Coordinator.daemonSource)
    }
  }
}
