internal import LibSQLite

/// A group whose commit failed: it must not come back.
///
/// A commit writes the whole group into the log and then syncs the log. When the sync fails, SQLite
/// forgets the group; the log still holds it, and SQLite would take it up after a crash.
enum FailedCommit {
  private static let attempts = 3
  // SQLITE_FULL, SQLITE_CONSTRAINT and SQLITE_IOERR_WRITE.
  private static let fullCode: Int32 = 13
  private static let constraintCode: Int32 = 19
  private static let writeCode: Int32 = 778

  /// Whether the log may hold the whole of a group whose commit failed with `error`.
  ///
  /// It does not when a write failed: the mark that ends the group is in its last page, and a page
  /// that is not whole does not count. Nor when a constraint was not met, which is found out before
  /// the first page is written.
  static func mayBeWhole(after error: SQLiteError) -> Bool {
    error.primaryCode != fullCode && error.primaryCode != constraintCode
      && error.code != writeCode
  }

  /// Writes over the beginning of the group with a commit that changes nothing, and syncs that.
  ///
  /// Each page in the log is checked together with all before it, so that the rest of the group
  /// counts no longer.
  /// - Throws: ``SQLiteError`` when that could not be done: whether the group comes back is then
  ///   unknown.
  static func overwrite(on connection: SQLiteConnection) throws(SQLiteError) {
    for attempt in 1...attempts {
      do throws(SQLiteError) {
        return try connection.transaction { () throws(SQLiteError) in
          // SQLite writes the page that holds it even if it has this value.
          try connection.execute("PRAGMA user_version = \(Schema.version)")
        }
      } catch {
        if attempt == attempts { throw error }
      }
    }
  }
}
