internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// Subscriptions to the audit log.
extension Coordinator {
  func subscribe(
    _ parameters: AuditSubscribe.Parameters, in session: Session
  ) throws(Refusal) -> AuditSubscribe.Reply {
    guard let subscriptions = session.subscriptions else {
      throw .conflict("over HTTP nothing can be sent later; open the socket and send lines")
    }
    let lag = parameters.maxLag ?? AuditFollower.usualLag
    guard (1...AuditFollower.longestLag).contains(lag) else {
      throw .invalid("max_lag is from 1 to \(AuditFollower.longestLag)")
    }
    var start = parameters.after
    if start == nil { start = try ledger.logHead().size }
    let after = start ?? 0
    let follower = AuditFollower(
      ledger: ledger, node: parameters.node,
      filter: try parameters.actions.map { actions throws(Refusal) in
        try ActionFilter(actions)
      }, longestLag: lag)
    let id = try subscriptions.add { id, push in
      await follower.run(as: id, after: after, push: push)
    }
    return AuditSubscribe.Reply(subscription: id, after: after)
  }

  func unsubscribe(
    _ parameters: AuditUnsubscribe.Parameters, in session: Session
  ) throws(Refusal) -> AuditUnsubscribe.Reply {
    guard session.subscriptions?.end(parameters.subscription) == true else {
      throw .notFound("this connection has no subscription of this number")
    }
    return parameters
  }
}

/// The actions that a subscription asks for.
struct ActionFilter: Sendable {
  /// How the canonical text of an event begins: `action` is the first of its members.
  private let beginnings: [String]

  /// - Throws: ``Refusal/invalid(_:)`` for what no action could be.
  init(_ actions: [String]) throws(Refusal) {
    guard (1...32).contains(actions.count), actions.allSatisfy(Self.isAction) else {
      throw .invalid("actions are 1 to 32 words such as grant.revoke, spend.* or refused")
    }
    beginnings = actions.map { action in
      let text = #"{"action":"\#(action)"#
      return action.hasSuffix("*") ? String(text.dropLast()) : text + "\""
    }
  }

  private static func isAction(_ action: String) -> Bool {
    let name = action.hasSuffix(".*") ? action.dropLast(2) : action[...]
    return (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: ".")
          || byte == UInt8(ascii: "_")
      }
  }

  func takes(_ text: String) -> Bool { beginnings.contains { text.hasPrefix($0) } }
}

/// Sends one subscription what is new in the log.
///
/// The log on disk is the buffer: at most one page of it is in memory, and the next is read when the
/// client has taken the last one. So a client that does not read holds up nobody and loses nothing
/// but time, until it lags so far behind that what is new would come too late: then it is told what
/// it has to read again.
struct AuditFollower: Sendable {
  let ledger: any Ledger
  let node: NodeID?
  let filter: ActionFilter?
  let longestLag: UInt64

  static let usualLag: UInt64 = 10_000
  static let longestLag: UInt64 = 100_000
  private static let page = 256

  /// Runs until the connection ends, the task is cancelled, or the log cannot be read.
  func run(as id: UInt64, after start: UInt64, push: Subscriptions.Push) async {
    var sent = start
    var hasCaughtUp = false
    do {
      for await head in ledger.committedEvents() {
        if hasCaughtUp, head > sent, head - sent > longestLag {
          let lost = AuditNotice.Lost(subscription: id, count: head - sent, after: sent)
          try await push(try WireJSON.line(lost) + [UInt8(ascii: "\n")])
          sent = head
        }
        while sent < head {
          let events = try ledger.events(after: sent, limit: Self.page, under: node)
          let lines = lines(of: events, as: id)
          if !lines.isEmpty { try await push(lines) }
          try Task.checkCancellation()
          let last = events.last?.sequence ?? sent
          sent = events.count < Self.page ? max(head, last) : last
        }
        hasCaughtUp = true
      }
    } catch is Refusal {
      // The disk failed: the client is told where it is, if it is still there.
      let ended = AuditNotice.Ended(subscription: id, after: sent)
      if let line = try? WireJSON.line(ended) { try? await push(line + [UInt8(ascii: "\n")]) }
    } catch {
      // The connection has ended, and the subscription with it.
    }
  }

  private func lines(of events: [StoredEvent], as id: UInt64) -> [UInt8] {
    var lines: [UInt8] = []
    for event in events where filter?.takes(event.text) ?? true {
      WireJSON.write(
        AuditNotice.Event(
          subscription: id, seq: event.sequence, event: event.text,
          hash: Hex.encode(event.hash)), into: &lines)
    }
    return lines
  }
}
