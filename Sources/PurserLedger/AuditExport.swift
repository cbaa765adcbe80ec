internal import FoundationEssentials
internal import LibCrypto
public import PurserCore

/// An audit log in a file: one JSON object a line, with `seq`, `text` and `hash`.
public enum AuditExport {
  /// The longest line that is read, in bytes.
  public static let maximumLineLength = 1 << 20

  private struct Line: Codable {
    let seq: UInt64
    let text: String
    let hash: String
  }

  /// The line of one event, without the line feed.
  public static func line(_ event: StoredEvent) -> String {
    CanonicalJSON.object([
      "seq": .integer(Int64(clamping: event.sequence)), "text": .string(event.text),
      "hash": .string(Hex.encode(event.hash)),
    ]).text
  }

  /// The event of one line; nil when it is none.
  public static func event(_ line: String) -> StoredEvent? {
    guard line.utf8.count <= maximumLineLength,
      let fields = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)),
      let hash = Hex.decode(fields.hash)
    else { return nil }
    return StoredEvent(sequence: fields.seq, text: fields.text, hash: hash)
  }

  /// Checks an exported log from its first event on.
  public static func verify(_ lines: some Sequence<String>) -> AuditReport {
    var verifier = AuditVerifier()
    var fault: AuditReport.Fault?
    for line in lines where !line.isEmpty {
      guard let event = event(line) else {
        fault = AuditReport.Fault(
          sequence: verifier.events + 1, reason: "the line is not an exported event")
        break
      }
      fault = verifier.check(event)
      if fault != nil { break }
    }
    return AuditReport(events: verifier.events, head: verifier.head.bytes, fault: fault)
  }
}
