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

  /// What is shown of one event.
  private typealias Columns = (seq: String, time: String, by: String, grant: String, what: String)

  static func list(_ events: [AuditList.Reply.Event]) -> [String] { table(events.map(columns)) }

  static func list(_ events: [AuditMine.Event]) -> [String] {
    table(
      events.map { event in
        (
          "\(event.seq)", TimeText.utc(seconds: event.timeMs / 1000),
          Terminal.sanitized(event.actor?.short ?? event.by), event.node?.short ?? "-",
          what(event.action, event.details)
        )
      })
  }

  private static func table(_ rows: [Columns]) -> [String] {
    var table = TextTable(
      .number("SEQ"), .text("TIME"), .text("BY"), .text("GRANT"), .text("ACTION"))
    for row in rows { table.add(row.seq, row.time, row.by, row.grant, row.what) }
    return table.lines(whenEmpty: "no events")
  }

  /// One event alone, for those that are followed.
  static func line(_ entry: AuditList.Reply.Event) -> String {
    let columns = columns(of: entry)
    return [columns.seq, columns.time, columns.by, columns.grant, columns.what]
      .joined(separator: "  ")
  }

  private static func columns(of entry: AuditList.Reply.Event) -> Columns {
    guard let event = try? WireJSON.decode(Event.self, from: Array(entry.event.utf8)) else {
      // Of a newer version: shown as it is.
      return ("\(entry.seq)", "-", "-", "-", Terminal.sanitized(entry.event))
    }
    return (
      "\(entry.seq)", TimeText.utc(seconds: event.timeMs / 1000),
      Terminal.sanitized(event.actor.node?.short ?? event.actor.kind),
      event.node?.short ?? "-", what(event.action, event.details)
    )
  }

  /// The action and its details, as `name=value`.
  private static func what(_ action: String, _ details: [String: CanonicalJSON]?) -> String {
    let details = (details ?? [:]).sorted { $0.key < $1.key }.map { name, value in
      if case .string(let text) = value { "\(name)=\(text)" } else { "\(name)=\(value.text)" }
    }
    return Terminal.sanitized(([action] + details).joined(separator: " "), limit: 400)
  }
}
