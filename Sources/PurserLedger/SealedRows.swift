internal import LibSQLite
public import PurserCore

// The sealed records, by the number of the key that they are sealed under.
extension SQLiteLedger {
  /// How many sealed records need each master key, by the key's number.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func sealedCounts() throws(Refusal) -> [UInt64: SealedCounts] {
    try readers.read { connection throws(SQLiteError) in try connection.sealedCounts() }
  }

  /// At most `limit` records that are sealed under the key `keyID`, and where to go on; nil at the
  /// end.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func sealedRecords(
    under keyID: UInt64, from cursor: SealedCursor, limit: Int
  ) throws(Refusal) -> (records: [SealedRecord], next: SealedCursor?) {
    try readers.read { connection throws(SQLiteError) in
      switch cursor {
      case .credentials(let last):
        try connection.sealedCredentials(under: keyID, after: last, limit: limit)
      case .payments(let last):
        try connection.sealedPayments(under: keyID, after: last, limit: limit)
      case .answers(let last):
        try connection.sealedAnswers(under: keyID, after: last, limit: limit)
      }
    }
  }
}

extension SQLiteConnection {
  /// What a column with sealed bytes must be like.
  private static func isSealed(_ column: String) -> String {
    "length(\(column)) >= \(SealedForm.minimumLength) AND substr(\(column), 1, 1) = x'01'"
  }

  private static func isSealed(_ column: String, under parameter: String) -> String {
    "\(isSealed(column)) AND substr(\(column), 2, 8) = \(parameter)"
  }

  private static let columns: [(table: String, column: String)] = [
    ("credentials", "sealed"), ("payments", "sealed_token"), ("idempotency", "attachment"),
  ]

  /// How many sealed records need each key.
  func sealedCounts() throws(SQLiteError) -> [UInt64: SealedCounts] {
    var counts: [UInt64: SealedCounts] = [:]
    for (table, column) in Self.columns {
      let sql = """
        SELECT substr(\(column), 2, 8), count(*) FROM \(table) WHERE \(Self.isSealed(column))
        GROUP BY 1
        """
      try forEachRow(sql) { row throws(SQLiteError) in
        let number = row.blob(0).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let count = try row.count(1)
        switch table {
        case "credentials": counts[number, default: SealedCounts()].credentials = count
        case "payments": counts[number, default: SealedCounts()].payments = count
        default: counts[number, default: SealedCounts()].answers = count
        }
        return true
      }
    }
    return counts
  }

  fileprivate func sealedCredentials(
    under keyID: UInt64, after last: CredentialID?, limit: Int
  ) throws(SQLiteError) -> (records: [SealedRecord], next: SealedCursor?) {
    let sql = """
      SELECT id, sealed FROM credentials WHERE id > ?1 AND \(Self.isSealed("sealed", under: "?2"))
      ORDER BY id LIMIT ?3
      """
    let found = try rows(sql, [.blob(last?.bytes ?? []), .key(keyID), .integer(Int64(limit))]) {
      row throws(SQLiteError) in (try row.id(0) as CredentialID, row.blob(1))
    }
    let next: SealedCursor =
      found.count < limit ? .payments(after: 0) : .credentials(after: found.last?.0)
    return (found.map { SealedRecord(place: .credential($0.0), bytes: $0.1) }, next)
  }

  fileprivate func sealedPayments(
    under keyID: UInt64, after last: UInt64, limit: Int
  ) throws(SQLiteError) -> (records: [SealedRecord], next: SealedCursor?) {
    let sql = """
      SELECT number, hold, sealed_token FROM payments
      WHERE number > ?1 AND \(Self.isSealed("sealed_token", under: "?2")) ORDER BY number LIMIT ?3
      """
    let found = try rows(sql, [.count(last), .key(keyID), .integer(Int64(limit))]) {
      row throws(SQLiteError) in (try row.count(0), try row.id(1) as HoldID, row.blob(2))
    }
    let next: SealedCursor =
      found.count < limit ? .answers(after: 0) : .payments(after: found.last?.0 ?? last)
    return (found.map { SealedRecord(place: .payment($0.1), bytes: $0.2) }, next)
  }

  fileprivate func sealedAnswers(
    under keyID: UInt64, after last: UInt64, limit: Int
  ) throws(SQLiteError) -> (records: [SealedRecord], next: SealedCursor?) {
    let sql = """
      SELECT number, node, method, key, digest, attachment FROM idempotency
      WHERE number > ?1 AND \(Self.isSealed("attachment", under: "?2")) ORDER BY number LIMIT ?3
      """
    let found = try rows(sql, [.count(last), .key(keyID), .integer(Int64(limit))]) {
      row throws(SQLiteError) in
      let node = row.blob(1)
      let claim = IdempotencyClaim(
        node: node.isEmpty ? nil : try row.id(1), method: row.text(2), key: row.text(3),
        digest: row.blob(4))
      return (try row.count(0), SealedRecord(place: .answer(claim), bytes: row.blob(5)))
    }
    let next = found.count < limit ? nil : found.last.map { SealedCursor.answers(after: $0.0) }
    return (found.map(\.1), next)
  }

  /// Writes a record that was sealed anew, unless it has changed since it was read.
  func write(_ record: ResealedRecord) throws(SQLiteError) {
    let (old, new) = (SQLiteValue.blob(record.old.bytes), SQLiteValue.blob(record.bytes))
    switch record.old.place {
    case .credential(let id):
      try run(
        "UPDATE credentials SET sealed = ?3 WHERE id = ?1 AND sealed = ?2", [.id(id), old, new])
    case .payment(let hold):
      try run(
        "UPDATE payments SET sealed_token = ?3 WHERE hold = ?1 AND sealed_token = ?2",
        [.id(hold), old, new])
    case .answer(let claim):
      try run(
        """
        UPDATE idempotency SET attachment = ?5
        WHERE node = ?1 AND method = ?2 AND key = ?3 AND attachment = ?4
        """, claim.address + [old, new])
    }
  }
}

extension SQLiteValue {
  /// The number of a key as it stands in a sealed record.
  fileprivate static func key(_ number: UInt64) -> SQLiteValue {
    .blob(SealedForm.bytes(of: number))
  }
}
