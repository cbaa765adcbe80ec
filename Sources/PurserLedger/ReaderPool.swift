internal import LibSQLite
internal import PurserCore
internal import Synchronization

/// Read-only connections, kept for the next read.
///
/// In WAL mode a reader neither waits for the writer nor holds it up. A read takes an idle
/// connection or opens one, so that a short question never waits behind a long one; there are
/// never more than there are reads at the same time.
final class ReaderPool: Sendable {
  private struct State {
    var idle: [Reader] = []
    var isClosed = false
  }

  /// A connection on its way from one thread to the next.
  private final class Reader: @unchecked Sendable {
    let connection: SQLiteConnection
    // It is in the pool's hands or in those of one read, never in both.
    init(_ connection: SQLiteConnection) { self.connection = connection }
  }

  private let state = Mutex(State())
  let path: String
  private static let mostIdle = 4

  init(path: String) { self.path = path }

  /// Runs `body` with a connection that sees one state of the database throughout, or, where that
  /// is not asked for, the newest with each statement.
  func read<Value>(
    inOneState: Bool = true, _ body: (SQLiteConnection) throws(SQLiteError) -> Value
  ) throws(Refusal) -> Value {
    do throws(SQLiteError) {
      let reader = try takeReader()
      if inOneState { try reader.connection.execute("BEGIN") }
      // A connection that failed is not used again.
      let value = try body(reader.connection)
      if inOneState { try reader.connection.execute("COMMIT") }
      giveBack(reader)
      return value
    } catch { throw error.readRefusal }
  }

  /// Closes the idle connections now and the others when their reads end.
  func close() {
    state.withLock { state in
      state.isClosed = true
      state.idle.removeAll()
    }
  }

  private func takeReader() throws(SQLiteError) -> Reader {
    let (idle, isClosed) = state.withLock { state in (state.idle.popLast(), state.isClosed) }
    // SQLITE_MISUSE.
    if isClosed { throw SQLiteError(code: 21, message: "the ledger is shut down") }
    if let idle { return idle }
    return Reader(try SQLiteConnection(path: path, mode: .readOnly))
  }

  private func giveBack(_ reader: Reader) {
    state.withLock { state in
      if !state.isClosed, state.idle.count < Self.mostIdle { state.idle.append(reader) }
    }
  }
}
