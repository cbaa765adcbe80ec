internal import CSQLite

// The log of a database in WAL mode, for a writer that decides itself when it is put back.
extension SQLiteConnection {
  /// Leaves it to ``checkpoint()`` to put the log back into the database; SQLite does so no more.
  public func takeOverCheckpoints() {
    sqlite3_wal_hook(
      handle,
      { length, _, _, pages in
        length?.assumingMemoryBound(to: Int32.self).pointee = pages
        return SQLITE_OK
      }, logLength)
  }

  /// How many pages the log had after the last commit.
  ///
  /// Only where checkpoints were taken over.
  public var pagesInLog: Int { Int(logLength.pointee) }

  /// Puts the log back into the database, as far as no reader looks at what was before.
  /// - Returns: Whether all of it was put back. Then the database was synced as well; otherwise
  ///   nothing was, and what was put back now is not put back again.
  /// - Throws: ``SQLiteError``; what was to be put back now is put back again the next time.
  public func checkpoint() throws(SQLiteError) -> Bool {
    var (all, done): (Int32, Int32) = (0, 0)
    let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, &all, &done)
    guard code == SQLITE_OK else { throw lastError }
    return done == all
  }

  /// Syncs the file of the database.
  /// - Throws: ``SQLiteError``; what was written since the last sync may never reach the disk.
  public func syncDatabase() throws(SQLiteError) {
    let code = purser_sync_database(handle)
    guard code == SQLITE_OK else {
      throw SQLiteError(code: code, message: "the database cannot be synced")
    }
  }
}
