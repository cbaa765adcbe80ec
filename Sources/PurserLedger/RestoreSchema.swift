extension Schema {
  static let restores = """
    -- The ledger came out of a backup; `since_ms` is the time of the last change in that.
    CREATE TABLE restored (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      restored_at_ms INTEGER NOT NULL CHECK (restored_at_ms >= 0),
      since_ms INTEGER NOT NULL CHECK (since_ms >= 0),
      compared_by TEXT CHECK (compared_by IN ('wallet', 'operator'))
    ) STRICT;

    -- What the wallet had paid since and the backup did not know. None of them is paid again.
    CREATE TABLE wallet_payments (
      payment_hash BLOB PRIMARY KEY NOT NULL CHECK (length(payment_hash) = 32),
      amount_msat INTEGER NOT NULL CHECK (amount_msat \(amount)),
      fee_msat INTEGER NOT NULL CHECK (fee_msat \(amount)),
      paid_at_ms INTEGER NOT NULL CHECK (paid_at_ms >= 0),
      state TEXT NOT NULL CHECK (state IN ('pending', 'settled')),
      is_booked INTEGER NOT NULL CHECK (is_booked IN (0, 1)),
      hold BLOB CHECK (length(hold) = 16),
      CHECK (is_booked = 0 OR state = 'settled'),
      CHECK (hold IS NULL OR is_booked = 1)
    ) STRICT, WITHOUT ROWID;
    """
}
