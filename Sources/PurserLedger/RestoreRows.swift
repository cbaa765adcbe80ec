internal import LibSQLite
public import PurserCore

extension SQLiteLedger {
  /// What is to be done before the grants of a restored ledger spend; nil for one that never was.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func restoration() throws(Refusal) -> Restoration? {
    try readers.read { connection throws(SQLiteError) in try connection.restoration() }
  }
}

extension SQLiteConnection {
  func restoration() throws(SQLiteError) -> Restoration? {
    let found = try rows("SELECT restored_at_ms, since_ms, compared_by FROM restored") {
      row throws(SQLiteError) in
      Restoration(
        restoredAt: try row.time(0), since: try row.time(1),
        check: row.optionalText(2) == nil ? nil : try row.word(2))
    }.first
    guard var restoration = found else { return nil }
    restoration.unbooked = try rows(
      """
      SELECT payment_hash, amount_msat, fee_msat, paid_at_ms, state FROM wallet_payments
      WHERE is_booked = 0 ORDER BY paid_at_ms, payment_hash
      """
    ) { row throws(SQLiteError) in
      WalletPayment(
        paymentHash: row.blob(0), amount: try row.amount(1), fee: try row.amount(2),
        time: try row.time(3), state: try row.word(4))
    }
    return restoration
  }

  func write(_ note: RestoreNote, at time: Timestamp) throws(SQLiteError) {
    try run(
      "INSERT OR REPLACE INTO restored VALUES (1, ?1, ?2, NULL)", [.time(time), .time(note.since)])
    try run("UPDATE nodes SET mark = 'frozen' WHERE parent IS NULL AND mark IS NULL")
  }

  func write(_ check: Restoration.Check) throws(SQLiteError) {
    try run("UPDATE restored SET compared_by = ?1", [.text(check.rawValue)])
  }

  func write(_ payment: WalletPayment) throws(SQLiteError) {
    guard payment.state != .failed else {
      return try run(
        "DELETE FROM wallet_payments WHERE payment_hash = ?1", [.blob(payment.paymentHash)])
    }
    try run(
      "INSERT OR REPLACE INTO wallet_payments VALUES (?1, ?2, ?3, ?4, ?5, 0, NULL)",
      [
        .blob(payment.paymentHash), .amount(payment.amount), .amount(payment.fee),
        .time(payment.time), .text(payment.state.rawValue),
      ])
  }

  func book(_ payment: WalletPayment, hold: HoldID?) throws(SQLiteError) {
    try run(
      "UPDATE wallet_payments SET is_booked = 1, hold = ?2 WHERE payment_hash = ?1",
      [.blob(payment.paymentHash), .id(hold)])
  }
}
