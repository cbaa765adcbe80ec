/// A message that the daemon sends of its own accord, over a connection that asked for it.
public protocol RPCNotification: RPCObject {
  /// Its `method`.
  static var name: String { get }
  /// When it comes, in a sentence.
  static var summary: String { get }
}

extension WireJSON {
  /// A notification as a line, without its line feed.
  /// - Throws: `EncodingError`.
  public static func line<Notice: RPCNotification>(_ notice: Notice) throws -> [UInt8] {
    try encode(Envelope(notice: notice))
  }

  /// Appends an event of the audit log, byte for byte as ``line(_:)`` has it, and a line feed.
  public static func write(_ notice: AuditNotice.Event, into bytes: inout [UInt8]) {
    JSONWriter.append(to: &bytes) { json in
      json.raw(#"{"jsonrpc":"2.0","method":"audit.event","params":{"event":"#)
      json.text(notice.event)
      json.raw(#","hash":"#)
      json.text(notice.hash)
      json.raw(#","seq":"#)
      json.number(notice.seq)
      json.raw(#","subscription":"#)
      json.number(notice.subscription)
      json.raw("}}\n")
    }
  }

  /// What a line says that answers no request; nil for anything else.
  public static func notice(in line: [UInt8]) -> AuditNotice? {
    guard let head = try? decode(NoticeHead.self, from: line) else { return nil }
    func read<Notice: RPCNotification>(_ type: Notice.Type) -> Notice? {
      try? decode(Received<Notice>.self, from: line).params
    }
    return switch head.method {
    case AuditNotice.Event.name: read(AuditNotice.Event.self).map(AuditNotice.event)
    case AuditNotice.Lost.name: read(AuditNotice.Lost.self).map(AuditNotice.lost)
    case AuditNotice.Ended.name: read(AuditNotice.Ended.self).map(AuditNotice.ended)
    default: nil
    }
  }
}

private struct Envelope<Notice: RPCNotification>: Encodable {
  let notice: Notice

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: MemberName.self)
    try container.encode("2.0", forKey: "jsonrpc")
    try container.encode(Notice.name, forKey: "method")
    try container.encode(notice, forKey: "params")
  }
}

private struct NoticeHead: Decodable { let method: String }

private struct Received<Notice: RPCNotification>: Decodable { let params: Notice }
