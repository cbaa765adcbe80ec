internal import Glibc
internal import LibCrypto
internal import LibSQLite
public import PurserCore

extension SQLiteLedger {
  /// Puts the ledger out of the backup at `path` in place at `database`, where none must be.
  ///
  /// Everything is opened and checked before: the sealed parts, the database, the books, and the
  /// audit log with the public keys `auditKeys`. Every top-level grant starts frozen.
  /// - Returns: What the audit log says of it.
  /// - Throws: ``BackupError``; there is no ledger then.
  public static func restore(
    _ path: String, to database: String, keyring: Keyring, auditKeys: [NoteKey],
    wallClock: @escaping @Sendable () -> Timestamp
  ) async throws(BackupError) -> RestoreNote {
    let lock: LedgerLock
    do throws(LedgerOpenError) { lock = try LedgerLock(databasePath: database) } catch {
      throw .ledger(error)
    }
    defer { _ = lock }
    for file in [database, database + "-wal", database + "-shm"] where access(file, F_OK) == 0 {
      throw .exists(path: file)
    }
    let fresh = unfinished(database)
    let parts = [fresh, fresh + "-wal", fresh + "-shm", fresh + ".lock"]
    for part in parts { unlink(part) }
    defer { for part in parts { unlink(part) } }
    let digest = try open(path, into: fresh, keyring: keyring)
    let note = try await check(
      fresh, digest: digest, auditKeys: auditKeys, wallClock: wallClock)
    guard access(fresh + "-wal", F_OK) != 0 else {
      throw .database("its log was not put back; check the disk")
    }
    try synchronize(fresh)
    guard rename(fresh, database) == 0 else { throw .file(path: database, code: errno) }
    try BackupFile.synchronizeDirectory(of: database)
    return note
  }

  /// The ledger at `database` while it is restored.
  static func unfinished(_ database: String) -> String { database + ".restoring" }

  private static func open(
    _ path: String, into fresh: String, keyring: Keyring
  ) throws(BackupError) -> [UInt8] {
    let target = Glibc.open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard target >= 0 else { throw .file(path: fresh, code: errno) }
    defer { Glibc.close(target) }
    return try SealedBackup.open(path, keyring: keyring, into: target, targetPath: fresh).digest
  }

  /// Checks what came out, and marks it as restored.
  private static func check(
    _ fresh: String, digest: [UInt8], auditKeys: [NoteKey],
    wallClock: @escaping @Sendable () -> Timestamp
  ) async throws(BackupError) -> RestoreNote {
    do throws(SQLiteError) {
      let connection = try SQLiteConnection(path: fresh)
      let verdict = try connection.text("PRAGMA integrity_check")
      guard verdict == "ok" else { throw SQLiteError.unreadableRow }
    } catch { throw .faulty("\(error)") }
    let ledger: SQLiteLedger
    do throws(LedgerOpenError) {
      ledger = try SQLiteLedger(path: fresh, wallClock: wallClock)
    } catch { throw .ledger(error) }
    defer { ledger.close() }
    do throws(Refusal) {
      let books = try ledger.verifyLedger()
      if let fault = books.faults.first { throw .storage(fault) }
      let audit = try ledger.verifyAudit(keys: auditKeys)
      if let fault = audit.fault { throw .storage("the audit log: \(fault)") }
      let since = try ledger.lastTime()
      let note = RestoreNote(digest: Hex.encode(digest), events: audit.events, since: since)
      _ = try await ledger.submit(
        LedgerRequest(actor: .operatorUser(peer: ownProcess), command: .restore(note)), from: 0)
      return note
    } catch { throw .faulty(error.text) }
  }

  /// Who restores.
  private static var ownProcess: PeerProcess {
    PeerProcess(processID: getpid(), userID: getuid(), groupID: getgid())
  }

  /// The time of the last change on disk.
  private func lastTime() throws(Refusal) -> Timestamp {
    try readers.read { connection throws(SQLiteError) in
      Timestamp(
        milliseconds: UInt64(clamping: try connection.integer("SELECT last_time_ms FROM meta") ?? 0)
      )
    }
  }

  private static func synchronize(_ path: String) throws(BackupError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .file(path: path, code: errno) }
    defer { Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .file(path: path, code: errno) }
  }
}

extension Refusal {
  /// What a check of a restored ledger says.
  fileprivate var text: String {
    if case .storage(let text) = self { text } else { "\(self)" }
  }
}
