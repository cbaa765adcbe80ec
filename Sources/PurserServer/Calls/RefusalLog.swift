public import PurserCore
internal import Synchronization

/// Counts the refusals of authenticated callers, to be written to the audit log together.
///
/// Outside the ledger's queue and bounded, so that a hostile worker can neither fill the disk nor
/// slow the others: refusals of one kind at one node are one entry, and a top-level grant gets so
/// many entries, and so many look-ups of nodes, a minute. What never authenticated is one number.
public final class RefusalLog: Sendable {
  private struct Key: Hashable {
    let node: NodeID?
    let method: String
    let reason: String
  }

  private struct Entry {
    var count: UInt64 = 0
    var peer: PeerProcess?
  }

  /// What one top-level grant, or the operators together, did in this minute.
  private struct Minute {
    /// The nearest known node of each node that was refused.
    var nearest: [NodeID: NodeID] = [:]
    /// How many entries were opened.
    var opened = 0
    /// What went over the bounds; it is written when the minute is over.
    var rest = Entry()
  }

  private struct State {
    var counts: [Key: Entry] = [:]
    var minutes: [NodeID?: Minute] = [:]
    /// The rests of minutes that are over.
    var rests: [NodeID?: Entry] = [:]
    var unauthenticated: UInt64 = 0
    var earlierUnauthenticated: UInt64 = 0
    var minute: UInt64 = 0

    mutating func turn(to minute: UInt64) {
      guard minute != self.minute else { return }
      self.minute = minute
      for (top, ended) in minutes where ended.rest.count > 0 {
        rests[top, default: Entry()].count += ended.rest.count
        rests[top]?.peer = ended.rest.peer
      }
      minutes = [:]
      earlierUnauthenticated += unauthenticated
      unauthenticated = 0
    }
  }

  /// The most entries for one top-level grant in a minute; the rest of its refusals in that minute
  /// are counted under one entry.
  public static let entriesPerMinute = 30

  private let state = Mutex(State())
  private let ledger: any Ledger

  /// A log over `ledger`.
  public init(ledger: any Ledger) { self.ledger = ledger }

  /// Counts a request whose token, or lack of one, named nobody.
  func noteUnauthenticated() {
    let minute = ledger.now().milliseconds / 60_000
    state.withLock { state in
      state.turn(to: minute)
      state.unauthenticated += 1
    }
  }

  /// Counts one refusal.
  func note(_ refusal: Refusal, method: String, caller: Caller) {
    let minute = ledger.now().milliseconds / 60_000
    let top = caller.chain?.topNode
    let node = nearestKnownNode(of: caller, minute: minute)
    state.withLock { state in
      state.turn(to: minute)
      let key = Key(node: node, method: method, reason: refusal.reason)
      var minute = state.minutes[top, default: Minute()]
      let isKnown = caller.chain == nil || node != nil
      if isKnown, state.counts[key] != nil || minute.opened < Self.entriesPerMinute {
        if state.counts[key] == nil { minute.opened += 1 }
        state.counts[key, default: Entry()].count += 1
        state.counts[key]?.peer = caller.actor.peer
      } else {
        minute.rest.count += 1
        minute.rest.peer = caller.actor.peer
      }
      state.minutes[top] = minute
    }
  }

  /// Whether noting a refusal of `caller` now would read its nodes from disk.
  func mustLookUp(_ caller: Caller) -> Bool {
    guard let chain = caller.chain else { return false }
    let minute = ledger.now().milliseconds / 60_000
    return state.withLock { state in
      state.turn(to: minute)
      let nearest = state.minutes[chain.topNode]?.nearest ?? [:]
      return nearest[chain.node] == nil && nearest.count < Self.entriesPerMinute
    }
  }

  /// The lowest node of the caller's chain that has a row, or its top; nil for operators, and when
  /// its top-level grant has had its look-ups of this minute.
  private func nearestKnownNode(of caller: Caller, minute: UInt64) -> NodeID? {
    guard let chain = caller.chain else { return nil }
    let (known, mayLook) = state.withLock { state -> (NodeID?, Bool) in
      state.turn(to: minute)
      let known = state.minutes[chain.topNode]?.nearest[chain.node]
      if known != nil { return (known, false) }
      guard state.minutes[chain.topNode]?.nearest.count ?? 0 < Self.entriesPerMinute else {
        return (nil, false)
      }
      // Taken before it is looked for, so that requests at the same time keep the bound too.
      state.minutes[chain.topNode, default: Minute()].nearest[chain.node] = chain.topNode
      return (nil, true)
    }
    guard mayLook else { return known }
    let found = chain.levels.last { level in
      ((try? ledger.node(level.node)) ?? nil) != nil
    }
    let node = found?.node ?? chain.topNode
    state.withLock { $0.minutes[chain.topNode]?.nearest[chain.node] = node }
    return node
  }

  /// What was counted since the last call; the rests of a minute come when it is over, or with
  /// `isLast`.
  public func drain(isLast: Bool = false) -> [RefusalCount] {
    let minute = ledger.now().milliseconds / 60_000
    return state.withLock { state in
      state.turn(to: isLast ? .max : minute)
      defer {
        state.counts = [:]
        state.rests = [:]
        state.earlierUnauthenticated = 0
      }
      var counts = state.counts.map { key, entry in
        RefusalCount(
          node: key.node, method: key.method, reason: key.reason, count: entry.count,
          peer: entry.peer)
      }
      counts += state.rests.map { top, entry in
        RefusalCount(node: top, method: "*", reason: "*", count: entry.count, peer: entry.peer)
      }
      if state.earlierUnauthenticated > 0 {
        counts.append(
          RefusalCount(
            node: nil, method: "*", reason: "unauthenticated",
            count: state.earlierUnauthenticated, peer: nil))
      }
      return counts.sorted { ($0.method, $0.reason) < ($1.method, $1.reason) }
    }
  }

  /// Writes what was counted; `isLast` when the daemon stops.
  public func flush(isLast: Bool = false) async {
    for count in drain(isLast: isLast) {
      let request = LedgerRequest(actor: .daemon, command: .recordRefusals(count))
      _ = try? await ledger.submit(request, from: Coordinator.daemonSource)
    }
  }
}
