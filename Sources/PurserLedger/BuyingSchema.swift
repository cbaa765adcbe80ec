extension Schema {
  static let buying = """
    ALTER TABLE payments ADD COLUMN is_sent_again INTEGER NOT NULL DEFAULT 0
      CHECK (is_sent_again IN (0, 1));
    """
}
