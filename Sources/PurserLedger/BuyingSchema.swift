extension Schema {
  static let buying = """
    ALTER TABLE payments ADD COLUMN is_sent_again INTEGER NOT NULL DEFAULT 0
      CHECK (is_sent_again IN (0, 1));

    -- Whether a grant has had a copy of a credential before, so that it pays its share once.
    CREATE INDEX copies_by_credential ON copies (credential, node);
    """
}
