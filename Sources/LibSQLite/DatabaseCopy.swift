internal import CSQLite

extension SQLiteConnection {
  /// Copies the whole database into `target`, some pages at a time.
  ///
  /// When this connection is in a transaction, the copy is of the state that it sees, whatever is
  /// written meanwhile. A reader does not hold the writer up in WAL mode.
  /// - Throws: ``SQLiteError``; `target` is then of no use.
  public func copy(into target: SQLiteConnection, pagesAtOnce: Int32 = 1024) throws(SQLiteError) {
    guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw target.lastError
    }
    var code = SQLITE_OK
    while code == SQLITE_OK { code = sqlite3_backup_step(backup, pagesAtOnce) }
    let end = sqlite3_backup_finish(backup)
    guard code == SQLITE_DONE, end == SQLITE_OK else { throw target.lastError }
  }
}
