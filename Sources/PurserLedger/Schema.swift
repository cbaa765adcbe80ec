/// The tables, as numbered migrations; `PRAGMA user_version` is the number of the last one applied.
///
/// The constraints repeat the ledger's rules, so that a mistake in them fails a commit instead of
/// reaching the disk. A migration that was released is never edited.
enum Schema {
  /// What marks a database as a ledger: "PRSR".
  static let applicationID: Int64 = 0x5052_5352

  /// Each migration's statements, the first one for an empty database.
  static let migrations = [first, logArchives, restores, buying]

  /// The version that this program reads and writes.
  static let version = Int64(migrations.count)

  static let amount = "BETWEEN 0 AND 9007199254740991"
  private static let openPayment = "state IN ('intent', 'sent', 'unknown')"

  private static let logArchives = """
    -- The last event that has left the database, and its hash.
    ALTER TABLE meta ADD COLUMN gone_sequence INTEGER NOT NULL DEFAULT 0
      CHECK (gone_sequence BETWEEN 0 AND head_sequence);
    ALTER TABLE meta ADD COLUMN gone_hash BLOB NOT NULL
      DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000'
      CHECK (length(gone_hash) = 32);

    -- The stretches of the log that are in files: each begins after the one before.
    CREATE TABLE log_archives (
      first INTEGER PRIMARY KEY CHECK (first > 0),
      last INTEGER NOT NULL CHECK (last >= first),
      head BLOB NOT NULL CHECK (length(head) = 32),
      file TEXT NOT NULL,
      sha256 TEXT NOT NULL CHECK (length(sha256) = 64)
    ) STRICT;
    """

  private static let first = """
    CREATE TABLE meta (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      head_sequence INTEGER NOT NULL CHECK (head_sequence >= 0),
      head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
      last_time_ms INTEGER NOT NULL CHECK (last_time_ms >= 0)
    ) STRICT;
    INSERT INTO meta VALUES (1, 0, zeroblob(32), 0);

    -- Numbered, so that what refers to a node is small. Limits are lists of N or N/window.
    CREATE TABLE nodes (
      number INTEGER PRIMARY KEY CHECK (number > 0),
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      parent INTEGER REFERENCES nodes (number) CHECK (parent < number),
      name TEXT CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 64),
      stated TEXT NOT NULL,
      registered TEXT NOT NULL,
      payment_limit_msat INTEGER CHECK (payment_limit_msat \(amount)),
      valid_until_s INTEGER CHECK (valid_until_s >= 0),
      created_at_ms INTEGER NOT NULL CHECK (created_at_ms >= 0),
      mark TEXT CHECK (mark IN ('frozen', 'revoked')),
      marked_by BLOB CHECK (length(marked_by) = 16),
      is_escrowed INTEGER NOT NULL CHECK (is_escrowed IN (0, 1)),
      series INTEGER NOT NULL CHECK (series BETWEEN 0 AND 255),
      settled_msat INTEGER NOT NULL CHECK (settled_msat \(amount)),
      held_msat INTEGER NOT NULL CHECK (held_msat \(amount)),
      escrowed_msat INTEGER NOT NULL CHECK (escrowed_msat \(amount)),
      archived_msat INTEGER NOT NULL CHECK (archived_msat \(amount)),
      is_registered INTEGER NOT NULL CHECK (is_registered IN (0, 1)),
      descendants INTEGER NOT NULL CHECK (descendants >= 0),
      is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
      -- What its token stated beside that when it was first met, a JSON array, for people.
      rules TEXT,
      CHECK (marked_by IS NULL OR mark IS NOT NULL),
      CHECK (is_open = 1 OR is_escrowed = 0),
      CHECK (archived_msat <= settled_msat)
    ) STRICT;
    CREATE INDEX nodes_by_parent ON nodes (parent);
    CREATE INDEX nodes_open ON nodes (number) WHERE is_open = 1;

    -- Marks on nodes that were never met: they refer to no row.
    CREATE TABLE marks (
      node BLOB PRIMARY KEY NOT NULL CHECK (length(node) = 16),
      state TEXT NOT NULL CHECK (state IN ('frozen', 'revoked')),
      set_by BLOB CHECK (length(set_by) = 16)
    ) STRICT, WITHOUT ROWID;

    -- The ids begin with their time, so that rows are added at the end.
    CREATE TABLE holds (
      id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
      node INTEGER NOT NULL REFERENCES nodes (number),
      kind TEXT NOT NULL CHECK (kind IN ('spend', 'payment')),
      amount_msat INTEGER NOT NULL CHECK (amount_msat > 0 AND amount_msat \(amount)),
      created_at_ms INTEGER NOT NULL CHECK (created_at_ms >= 0),
      admitted_at_ms INTEGER NOT NULL CHECK (admitted_at_ms >= created_at_ms),
      expires_at_ms INTEGER CHECK (expires_at_ms > created_at_ms),
      state TEXT NOT NULL CHECK (state IN ('held', 'settled', 'released', 'expired')),
      settled_msat INTEGER NOT NULL CHECK (settled_msat \(amount)),
      CHECK (kind = 'spend' OR expires_at_ms IS NULL),
      CHECK (expires_at_ms IS NOT NULL OR kind = 'payment' OR state = 'settled'),
      CHECK (state = 'settled' OR settled_msat = 0),
      CHECK (kind = 'payment' OR settled_msat <= amount_msat),
      CHECK (kind = 'spend' OR state <> 'expired')
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX holds_by_node ON holds (node, admitted_at_ms);
    CREATE INDEX holds_open ON holds (id) WHERE state = 'held';

    -- What was spent at a node and below, or how many operations were admitted, by the moment in
    -- which they were; only where a window asked for it. The series are those of SpendSeries.Kind.
    CREATE TABLE spending (
      node INTEGER NOT NULL REFERENCES nodes (number),
      series INTEGER NOT NULL CHECK (series BETWEEN 0 AND 7),
      bucket INTEGER NOT NULL CHECK (bucket >= 0),
      amount INTEGER NOT NULL CHECK (amount >= 0),
      PRIMARY KEY (node, series, bucket)
    ) STRICT, WITHOUT ROWID;

    -- Copies of credentials that were handed out; those that the seller still takes are reported
    -- when their grant is stopped. One that its own purchase paid for was counted with that.
    CREATE TABLE copies (
      number INTEGER PRIMARY KEY,
      node INTEGER NOT NULL REFERENCES nodes (number),
      credential BLOB NOT NULL CHECK (length(credential) = 16),
      service TEXT NOT NULL,
      issued_at_ms INTEGER NOT NULL CHECK (issued_at_ms >= 0),
      valid_until_s INTEGER CHECK (valid_until_s >= 0),
      is_counted INTEGER NOT NULL CHECK (is_counted IN (0, 1))
    ) STRICT;
    CREATE INDEX copies_by_node ON copies (node, issued_at_ms);

    -- What was admitted below a node by grants that were archived since, second by second: windows of
    -- the node, and of those above it, still reach back to it.
    CREATE TABLE archived (
      node INTEGER NOT NULL REFERENCES nodes (number),
      second INTEGER NOT NULL CHECK (second >= 0),
      amount INTEGER NOT NULL CHECK (amount >= 0),
      calls INTEGER NOT NULL CHECK (calls >= 0),
      PRIMARY KEY (node, second)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE payments (
      number INTEGER PRIMARY KEY,
      hold BLOB NOT NULL UNIQUE REFERENCES holds (id),
      node BLOB NOT NULL REFERENCES nodes (id),
      payment_hash BLOB NOT NULL CHECK (length(payment_hash) = 32),
      invoice TEXT NOT NULL,
      amount_msat INTEGER NOT NULL CHECK (amount_msat \(amount)),
      fee_limit_msat INTEGER NOT NULL CHECK (fee_limit_msat \(amount)),
      invoice_expires_at_s INTEGER NOT NULL CHECK (invoice_expires_at_s >= 0),
      service TEXT NOT NULL,
      capabilities TEXT NOT NULL,
      scope BLOB CHECK (length(scope) = 16),
      sealed_token BLOB NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('intent', 'sent', 'unknown', 'settled', 'failed')),
      sent_at_ms INTEGER CHECK (sent_at_ms >= 0),
      credential_removed INTEGER NOT NULL DEFAULT 0 CHECK (credential_removed IN (0, 1))
    ) STRICT;
    CREATE INDEX payments_by_hash ON payments (payment_hash);
    CREATE UNIQUE INDEX payments_paid_once ON payments (payment_hash) WHERE state <> 'failed';
    CREATE UNIQUE INDEX payments_one_open_each_purchase
      ON payments (service, capabilities, ifnull(scope, x'')) WHERE \(openPayment);
    CREATE INDEX payments_open ON payments (number) WHERE \(openPayment);

    -- Payments that an operator is asked about. Those that are over are deleted after a while.
    CREATE TABLE approvals (
      id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
      node BLOB NOT NULL CHECK (length(node) = 16),
      service TEXT NOT NULL,
      capabilities TEXT NOT NULL,
      scope BLOB CHECK (length(scope) = 16),
      payee BLOB NOT NULL CHECK (length(payee) = 33),
      total_msat INTEGER NOT NULL CHECK (total_msat \(amount)),
      asked_at_ms INTEGER NOT NULL CHECK (asked_at_ms >= 0),
      expires_at_ms INTEGER NOT NULL CHECK (expires_at_ms >= asked_at_ms),
      state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used'))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX approvals_by_end ON approvals (expires_at_ms);

    CREATE TABLE credentials (
      id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
      service TEXT NOT NULL,
      capabilities TEXT NOT NULL,
      scope BLOB CHECK (length(scope) = 16),
      payment_hash BLOB NOT NULL CHECK (length(payment_hash) = 32),
      valid_until_s INTEGER CHECK (valid_until_s >= 0),
      cost_msat INTEGER NOT NULL CHECK (cost_msat \(amount)),
      bought_by BLOB CHECK (length(bought_by) = 16),
      sealed BLOB NOT NULL,
      created_at_ms INTEGER NOT NULL CHECK (created_at_ms >= 0),
      state TEXT NOT NULL CHECK (state IN ('active', 'retired'))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX credentials_by_service ON credentials (service);
    CREATE INDEX credentials_by_hash ON credentials (payment_hash);

    -- Numbered in the order of time, so that old answers are the first rows. An operator's claims
    -- have the empty node, since NULLs would never collide.
    CREATE TABLE idempotency (
      number INTEGER PRIMARY KEY,
      node BLOB NOT NULL CHECK (length(node) IN (0, 16)),
      method TEXT NOT NULL,
      key TEXT NOT NULL,
      digest BLOB NOT NULL,
      outcome TEXT NOT NULL,
      subject BLOB CHECK (length(subject) = 16),
      first INTEGER,
      second INTEGER,
      attachment BLOB,
      created_at_ms INTEGER NOT NULL CHECK (created_at_ms >= 0),
      UNIQUE (node, method, key)
    ) STRICT;

    -- No index by node: each event would change one more page, a tenth of what a spend costs, for a
    -- question that operators ask now and then and that a scan answers.
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY CHECK (seq > 0),
      time_ms INTEGER NOT NULL CHECK (time_ms >= 0),
      node BLOB CHECK (length(node) = 16),
      text TEXT NOT NULL,
      hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT;

    -- The roots of the complete subtrees of 2^level events, for every eighth level, so that the
    -- tree is there again at a start, and a proof made, without reading the whole log.
    CREATE TABLE tree (
      level INTEGER NOT NULL CHECK (level IN (8, 16, 24, 32, 40, 48, 56)),
      number INTEGER NOT NULL CHECK (number >= 0),
      hash BLOB NOT NULL CHECK (length(hash) = 32),
      PRIMARY KEY (level, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE checkpoints (
      size INTEGER PRIMARY KEY CHECK (size >= 0),
      note TEXT NOT NULL,
      made_at_ms INTEGER NOT NULL CHECK (made_at_ms >= 0)
    ) STRICT;
    """
}
