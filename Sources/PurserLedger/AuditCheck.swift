internal import LibCrypto
internal import LibSQLite
public import PurserCore

extension SQLiteLedger {
  /// Checks the hash chain of the whole log, that its rows say what its texts say, and that it ends
  /// where the database recorded its end.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func verifyAudit() throws(Refusal) -> AuditReport {
    try readers.read { connection throws(SQLiteError) in try Self.auditReport(on: connection) }
  }

  /// Checks what the connection sees, which must be one state throughout.
  static func auditReport(on connection: SQLiteConnection) throws(SQLiteError) -> AuditReport {
    var verifier = AuditVerifier()
    var fault: AuditReport.Fault?
    let sql = "SELECT \(StoredEvent.columns), time_ms, node FROM events ORDER BY seq"
    try connection.forEachRow(sql) { row throws(SQLiteError) in
      let event = try StoredEvent(row)
      fault = verifier.check(event)
      if fault == nil, !columnsMatch(event, time: try row.time(3), node: row.optionalBlob(4)) {
        fault = AuditReport.Fault(
          sequence: event.sequence, reason: "its row states another time or grant than its text")
      }
      return fault == nil
    }
    if fault == nil {
      let trail = try AuditTrail(connection)
      fault = verifier.checkEnd(sequence: trail.sequence, head: trail.head)
    }
    return AuditReport(events: verifier.events, head: verifier.head.bytes, fault: fault)
  }

  /// The members before the end of a canonical text are in the order of their names, so `node`,
  /// where there is one, is right before `seq` and `time_ms`.
  private static func columnsMatch(_ event: StoredEvent, time: Timestamp, node: [UInt8]?) -> Bool {
    let end = ",\"seq\":\(event.sequence),\"time_ms\":\(time.milliseconds)}"
    guard let node else { return event.text.hasSuffix("}" + end) }
    guard let id = NodeID(bytes: node) else { return false }
    return event.text.hasSuffix(",\"node\":\"\(id.hex)\"" + end)
  }
}
