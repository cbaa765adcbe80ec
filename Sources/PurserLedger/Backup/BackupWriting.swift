internal import Dispatch
internal import Glibc
internal import LibCrypto
internal import LibSQLite
public import PurserCore

extension SQLiteLedger {
  /// Writes a sealed copy of the ledger, as it is on disk now, to the new file `path`.
  ///
  /// The copy is one state that was committed; the writer goes on meanwhile, and so does everybody
  /// else, since this works on a thread of its own. The log of the database grows by what is written
  /// while the copy is made.
  /// - Throws: ``Refusal``; there is no file then.
  public func writeBackup(
    to path: String, keyring: Keyring
  ) async throws(Refusal) -> BackupReport {
    let database = readers.path
    let result: Result<BackupReport, BackupError> = await withCheckedContinuation { continuation in
      DispatchQueue(label: "purser.backup").async {
        continuation.resume(
          returning: Result { () throws(BackupError) in
            try Self.withReader(of: database) { connection throws(BackupError) in
              try BackupCopy.write(connection, of: database, to: path, keyring: keyring)
            }
          })
      }
    }
    do throws(BackupError) { return try result.get() } catch {
      switch error {
      case .exists, .noKey: throw .conflict("\(error)")
      default: throw .storage("\(error)")
      }
    }
  }

  /// Writes a sealed copy of the ledger at `database`, which no daemon has open, to the new file
  /// `path`; none can open it meanwhile.
  /// - Throws: ``BackupError``; there is no file then.
  public static func writeBackup(
    of database: String, to path: String, keyring: Keyring
  ) throws(BackupError) -> BackupReport {
    let lock: LedgerLock
    do throws(LedgerOpenError) {
      lock = try LedgerLock(databasePath: database)
      try LeftLog.secure(databasePath: database)
      BackupCopy.removeLeft(beside: database)
    } catch { throw .ledger(error) }
    defer { _ = lock }
    return try withReader(of: database) { connection throws(BackupError) in
      try BackupCopy.write(connection, of: database, to: path, keyring: keyring)
    }
  }

  private static func withReader<Value>(
    of path: String, _ body: (SQLiteConnection) throws(BackupError) -> Value
  ) throws(BackupError) -> Value {
    let connection: SQLiteConnection
    do throws(SQLiteError) {
      connection = try SQLiteConnection(path: path, mode: .readOnly)
      guard try connection.integer("PRAGMA application_id") == Schema.applicationID else {
        throw SQLiteError.unreadableRow
      }
    } catch { throw .database("\(error)") }
    return try body(connection)
  }
}

/// The copy of a database that a backup is sealed from.
///
/// It lies beside the database, for its owner alone, and has no name from the moment on at which it
/// is opened: whatever ends the process, nothing of it stays.
enum BackupCopy {
  private static let mark = ".copy-"

  static func write(
    _ connection: SQLiteConnection, of database: String, to path: String, keyring: Keyring
  ) throws(BackupError) -> BackupReport {
    let format = BackupFormat(
      keyID: keyring.currentKeyID, salt: randomBytes(BackupFormat.saltLength))
    let file = try BackupFile(path, format, keyring: keyring)
    let (copy, events, lastTime) = try make(connection, of: database)
    defer { close(copy) }
    let digest = try file.seal(copy)
    return BackupReport(
      key: format.keyID, digest: Hex.encode(digest), length: file.length, events: events,
      lastTime: lastTime)
  }

  /// Copies what the connection sees now into a file without a name.
  private static func make(
    _ connection: SQLiteConnection, of database: String
  ) throws(BackupError) -> (descriptor: Int32, events: UInt64, lastTime: Timestamp) {
    let name = database + mark + Hex.encode(randomBytes(8))
    let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .file(path: name, code: errno) }
    defer { unlink(name) }
    do throws(SQLiteError) {
      let target = try SQLiteConnection(path: name)
      unlink(name)
      _ = try target.text("PRAGMA journal_mode = OFF")
      try target.execute("PRAGMA synchronous = OFF")
      try connection.execute("BEGIN")
      let events = try connection.integer("SELECT head_sequence FROM meta") ?? 0
      let time = try connection.integer("SELECT last_time_ms FROM meta") ?? 0
      try connection.copy(into: target)
      try connection.execute("COMMIT")
      return (
        descriptor, UInt64(clamping: events), Timestamp(milliseconds: UInt64(clamping: time))
      )
    } catch {
      close(descriptor)
      throw .database("\(error)")
    }
  }

  /// Removes copies that a process left which was killed just when it made one; nobody makes one
  /// now.
  static func removeLeft(beside database: String) {
    let slash = database.lastIndex(of: "/")
    let directory = slash.map { String(database[..<$0]) } ?? "."
    let beginning = (slash.map { String(database[$0...].dropFirst()) } ?? database) + mark
    guard let entries = opendir(directory) else { return }
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(beginning) { unlink("\(directory)/\(name)") }
    }
  }
}
