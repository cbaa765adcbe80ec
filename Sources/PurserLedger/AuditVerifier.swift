public import LibCrypto
public import PurserCore

/// Checks an audit log event by event, in order; needs no daemon and no database.
///
/// It finds an event that was changed, left out, moved or added, but for a log whose every hash was
/// made anew: that shows only against a head kept elsewhere.
public struct AuditVerifier: Sendable {
  /// How many events fit so far; they are numbered from 1.
  public private(set) var events: UInt64 = 0
  /// The hash of the last one that fits.
  public private(set) var head = AuditChain.start

  /// A verifier that has seen no event.
  public init() {}

  /// Checks the next event; nil when it fits.
  public mutating func check(_ event: StoredEvent) -> AuditReport.Fault? {
    let expected = events + 1
    guard event.sequence == expected else {
      return AuditReport.Fault(
        sequence: expected, reason: "missing: the next event is number \(event.sequence)")
    }
    let hash = AuditChain.hash(after: head, text: Array(event.text.utf8)[...])
    guard hash.bytes == event.hash else {
      return AuditReport.Fault(
        sequence: expected, reason: "its text, its hash or its place was changed")
    }
    guard Self.states(number: expected, text: event.text) else {
      return AuditReport.Fault(sequence: expected, reason: "its text has another number")
    }
    events = expected
    head = hash
    return nil
  }

  /// Whether the text ends with its number and its time, which are the last two of its members.
  private static func states(number: UInt64, text: String) -> Bool {
    let end = text.utf8.reversed().drop { $0 == UInt8(ascii: "}") }
      .drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return end.starts(with: ",\"seq\":\(number),\"time_ms\":".utf8.reversed())
  }

  /// Compares the end of the log with what was written down as its end.
  public func checkEnd(sequence: UInt64, head recorded: SHA256Digest) -> AuditReport.Fault? {
    if events < sequence {
      return AuditReport.Fault(
        sequence: events + 1, reason: "missing: the log should go on to number \(sequence)")
    }
    guard events == sequence, head == recorded else {
      return AuditReport.Fault(
        sequence: min(sequence + 1, max(events, 1)),
        reason: "the log does not end where it was recorded to end")
    }
    return nil
  }
}
