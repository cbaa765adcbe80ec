internal import Glibc
internal import LibSQLite
public import PurserCore
internal import Synchronization

/// The ledger on disk: one SQLite database, one writer thread, and reads that never wait for it.
///
/// A change is acknowledged when it is on disk. Everything that waits at once goes into one
/// transaction, so that one fsync serves them all.
public final class SQLiteLedger: Ledger {
  private let queue: CommandQueue
  private let clock: LedgerClock
  private let thread: WriterThread
  let readers: ReaderPool
  /// Where the days, weeks and months of limits begin.
  let calendar: any SpendCalendar
  let commits = CommitNotices()
  /// The directory that the database is in.
  let directory: String
  /// What is let go at the end: the lock; nil once the ledger is closed.
  private let lock: Mutex<LedgerLock?>

  /// Opens the ledger at `path`, and makes it when there is none; the directory must exist.
  ///
  /// `wallClock` is asked for the time of each group of commands.
  /// - Throws: ``LedgerOpenError``.
  public init(
    path: String, settings: LedgerSettings = LedgerSettings(),
    wallClock: @escaping @Sendable () -> Timestamp
  ) throws(LedgerOpenError) {
    try LedgerFile.checkPlace(path)
    let lock = try LedgerLock(databasePath: path)
    // Else a ledger that is missing would be begun anew, and forget what was spent.
    let unfinished = Self.unfinished(path)
    guard access(unfinished, F_OK) != 0 else { throw .unfinishedRestore(path: unfinished) }
    try LedgerFile.prepare(path)
    try LeftLog.secure(databasePath: path)
    BackupCopy.removeLeft(beside: path)
    let database = try Database(path: path)
    let queue = CommandQueue(capacity: settings.queueCapacity)
    let clock = LedgerClock(wallClock: wallClock)
    let writer: Writer
    do throws(SQLiteError) {
      writer = try Writer(
        connection: database.connection, clock: clock, settings: settings, commits: commits)
    } catch { throw .storage(path: path, error) }
    thread = try WriterThread { writer.run(queue) }
    calendar = settings.calendar
    self.queue = queue
    self.clock = clock
    self.lock = Mutex(lock)
    readers = ReaderPool(path: path)
    directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  /// Whether some process has the ledger at `path` open now.
  /// - Throws: ``LedgerOpenError`` when that cannot be found out.
  public static func isInUse(path: String) throws(LedgerOpenError) -> Bool {
    try LedgerLock.isHeld(databasePath: path)
  }

  deinit { close() }

  /// Answers what is queued, stops the writer, and lets go of the files.
  ///
  /// Later commands and reads are refused. Closing again does nothing.
  public func close() {
    let held = lock.withLock { lock in
      defer { lock = nil }
      return lock
    }
    guard held != nil else { return }
    readers.close()
    queue.close()
    thread.join()
    commits.end()
  }

  /// Applies one request; returns when it is on disk.
  /// - Throws: ``Refusal``; nothing was changed.
  public func submit(
    _ request: LedgerRequest, from source: UInt64
  ) async throws(Refusal) -> Applied {
    let answer = await withCheckedContinuation { continuation in
      enqueue(request, from: source) { continuation.resume(returning: $0) }
    }
    return try answer.get()
  }

  /// Puts one request in the queue; `answer` is called once, on some thread, and must not block.
  public func enqueue(
    _ request: LedgerRequest, from source: UInt64,
    answer: @escaping @Sendable (Result<Applied, Refusal>) -> Void
  ) {
    queue.add(WaitingCommand(request: request, answer: answer), from: source)
  }

  /// The greater of the wall clock and the last time on disk.
  public func now() -> Timestamp { clock.now() }
}
