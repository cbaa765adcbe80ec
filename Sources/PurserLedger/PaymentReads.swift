internal import LibSQLite
public import PurserCore

// Payments beside what was settled for them.
extension SQLiteLedger {
  private static let booked = """
    SELECT \(Payment.columns(of: "payments")), holds.settled_msat
    FROM payments JOIN holds ON holds.id = payments.hold
    """

  /// The payments that were first sent from `start` on and before `end`, with what was settled for
  /// them, the oldest first, at most `limit`.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func payments(
    sentFrom start: Timestamp, before end: Timestamp, limit: Int
  ) throws(Refusal) -> [BookedPayment] {
    try readers.read { connection throws(SQLiteError) in
      try connection.rows(
        """
        \(Self.booked) WHERE sent_at_ms >= ?1 AND sent_at_ms < ?2 ORDER BY sent_at_ms, number
        LIMIT ?3
        """, [.time(start), .time(end), .integer(Int64(limit))]
      ) { row throws(SQLiteError) in try BookedPayment(row) }
    }
  }

  /// The latest payment for a hash, with what was settled for it.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func bookedPayment(hash: [UInt8]) throws(Refusal) -> BookedPayment? {
    try readers.read { connection throws(SQLiteError) in
      try connection.rows(
        "\(Self.booked) WHERE payment_hash = ?1 ORDER BY number DESC LIMIT 1", [.blob(hash)]
      ) { row throws(SQLiteError) in try BookedPayment(row) }.first
    }
  }

  /// Whether the hash is one that was found in the wallet after a restore and has been booked.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func isBookedSinceRestore(hash: [UInt8]) throws(Refusal) -> Bool {
    try readers.read { connection throws(SQLiteError) in
      try connection.integer(
        "SELECT count(*) FROM wallet_payments WHERE payment_hash = ?1 AND is_booked = 1",
        [.blob(hash)]) != 0
    }
  }
}

extension BookedPayment {
  fileprivate init(_ row: borrowing SQLiteRow) throws(SQLiteError) {
    self.init(payment: try Payment(row), settled: try row.amount(Payment.columnCount))
  }
}
