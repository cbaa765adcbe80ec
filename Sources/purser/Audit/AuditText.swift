internal import PurserAPI
internal import PurserCore

/// Events of the audit log as people see them.
enum AuditText {
  /// The parts of an event's canonical text that have a column.
  private struct Event: Decodable {
    struct Actor: Decodable {
      let kind: String
      let node: NodeID?
    }

    let action: String
    let actor: Actor
    let timeMs: UInt64
    let node: NodeID?
    let details: [String: CanonicalJSON]?

    enum CodingKeys: String, CodingKey {
      case action, actor, node, details
      case timeMs = "time_ms"
    }
  }

  static func list(_ events: [AuditList.Reply.Event]) -> [String] {
    var table = TextTable(
      .number("SEQ"), .text("TIME"), .text("BY"), .text("GRANT"), .text("ACTION"))
    for entry in events {
      let columns = columns(of: entry)
      table.add(columns.seq, columns.time, columns.by, columns.grant, columns.what)
    }
    return table.lines(whenEmpty: "no events")
  }

  /// One event alone, for those that are followed.
  static func line(_ entry: AuditList.Reply.Event) -> String {
    let columns = columns(of: entry)
    return [columns.seq, columns.time, columns.by, columns.grant, columns.what]
      .joined(separator: "  ")
  }

  private static func columns(
    of entry: AuditList.Reply.Event
  ) -> (seq: String, time: String, by: String, grant: String, what: String) {
    guard let event = try? WireJSON.decode(Event.self, from: Array(entry.event.utf8)) else {
      // Of a newer version: shown as it is.
      return ("\(entry.seq)", "-", "-", "-", Terminal.sanitized(entry.event))
    }
    return (
      "\(entry.seq)", TimeText.utc(seconds: event.timeMs / 1000),
      Terminal.sanitized(event.actor.node?.short ?? event.actor.kind),
      event.node?.short ?? "-", what(event)
    )
  }

  /// The action and its details, as `name=value`.
  private static func what(_ event: Event) -> String {
    let details = (event.details ?? [:]).sorted { $0.key < $1.key }.map { name, value in
      if case .string(let text) = value { "\(name)=\(text)" } else { "\(name)=\(value.text)" }
    }
    return Terminal.sanitized(([event.action] + details).joined(separator: " "), limit: 400)
  }
}
