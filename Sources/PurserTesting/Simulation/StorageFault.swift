internal import CSQLite
internal import LibSQLite
internal import Synchronization

/// A way in which the disk, or the process, lets a group down.
enum StorageFault {
  /// An error before the first command.
  case error
  /// No room for more than so many further pages.
  case full(pages: Int64)
  /// A commit that is refused.
  case refusedCommit
  /// A statement that is interrupted, after so many calls of the progress handler.
  case interrupted(after: Int)
}

/// Makes a connection fail, and stop failing.
///
/// It belongs to one thread, as its connection does; only the switch is asked by the ledger.
final class FaultInjector {
  /// Whether the next transaction fails before its first command.
  let fails = FaultSwitch()
  /// Called when a fault strikes inside a transaction, before it is rolled back: the moment at which
  /// a process may be killed.
  var strikes: () -> Void = {}
  private var calls = 0
  private var isInTransaction: () -> Bool = { false }

  private static let instructionsPerCall: Int32 = 7
  private static let mostPages = 1_000_000_000

  func arm(_ fault: StorageFault, on connection: SQLiteConnection) throws(SQLiteError) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    switch fault {
    case .error: fails.set(true)
    case .full(let pages):
      let used = try connection.integer("PRAGMA page_count") ?? 0
      try connection.execute("PRAGMA max_page_count = \(used + pages)")
    case .refusedCommit:
      sqlite3_commit_hook(
        connection.handle,
        { context in
          FaultInjector.at(context)?.strikes()
          return 1
        }, context)
    case .interrupted(let calls):
      self.calls = calls
      sqlite3_progress_handler(
        connection.handle, Self.instructionsPerCall,
        { context in FaultInjector.at(context)?.isDue() == true ? 1 : 0 }, context)
      isInTransaction = { sqlite3_get_autocommit(connection.handle) == 0 }
    }
  }

  func disarm(_ connection: SQLiteConnection) throws(SQLiteError) {
    fails.set(false)
    isInTransaction = { false }
    sqlite3_commit_hook(connection.handle, nil, nil)
    sqlite3_progress_handler(connection.handle, 0, nil, nil)
    try connection.execute("PRAGMA max_page_count = \(Self.mostPages)")
  }

  private func isDue() -> Bool {
    // From the first time on everything fails, until it is disarmed.
    if calls < 0 { return true }
    // SQLite also calls at the very end of a commit, when it has been done.
    guard isInTransaction() else { return false }
    calls -= 1
    if calls < 0 { strikes() }
    return calls < 0
  }

  private static func at(_ context: UnsafeMutableRawPointer?) -> FaultInjector? {
    context.map { Unmanaged<FaultInjector>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// What the ledger asks before each group.
final class FaultSwitch: Sendable {
  private let isSet = Mutex(false)

  func set(_ value: Bool) { isSet.withLock { $0 = value } }

  func check() throws(SQLiteError) {
    // SQLITE_IOERR.
    if isSet.withLock({ $0 }) { throw SQLiteError(code: 10, message: "disk I/O error") }
  }
}
