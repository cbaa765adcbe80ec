public import LibSQLite

/// Why a ledger does not open; nothing was changed.
public enum LedgerOpenError: Error, Equatable, Sendable {
  /// The directory of the database is missing.
  case noDirectory(path: String)
  /// There is something at the path that is not a regular file.
  case notAFile(path: String)
  /// The file, or its directory, cannot be written.
  case readOnly(path: String)
  /// A restore was broken off before it put the ledger in place.
  case unfinishedRestore(path: String)
  /// Another process holds the lock file.
  case locked(lockPath: String)
  /// The file is not an SQLite database.
  case notADatabase(path: String)
  /// The database belongs to another program.
  case notALedger(path: String)
  /// A newer Purser wrote the database.
  case newerVersion(path: String, found: Int64, supported: Int64)
  /// SQLite did not take a setting without which an acknowledged change could be lost.
  case notDurable(path: String, setting: String, found: String)
  /// The log that the last daemon left could not be synced; `code` is an `errno`.
  case notSynced(path: String, code: Int32)
  /// The system refused; `code` is an `errno`.
  case system(path: String, code: Int32)
  /// SQLite refused, or a row cannot be read.
  case storage(path: String, SQLiteError)
}

extension LedgerOpenError: CustomStringConvertible {
  /// What is wrong and what to do about it, in one line.
  public var description: String {
    switch self {
    case .noDirectory(let path):
      "the directory of the ledger \(path) does not exist: create it, or correct the path"
    case .notAFile(let path):
      "\(path) is not a regular file: name a file for the ledger"
    case .readOnly(let path):
      "\(path) cannot be written: give the daemon's user write permission to the file and to its"
        + " directory, and check that the file system is not mounted read-only"
    case .unfinishedRestore(let path):
      "a restore was broken off, and has left \(path): repeat 'purser restore', or remove that file"
        + " to begin with what there is"
    case .locked(let lockPath):
      "another daemon has this ledger open (it holds \(lockPath)): stop it first, or use another"
        + " data directory; do not delete the lock file"
    case .notADatabase(let path):
      "\(path) is not an SQLite database: move it away, or restore the ledger from a backup"
    case .notALedger(let path):
      "\(path) is a database of another program: name another file for the ledger"
    case .newerVersion(let path, let found, let supported):
      "\(path) was written by a newer version (schema \(found), this one knows \(supported)):"
        + " run the newer version, or restore a backup from before the upgrade"
    case .notDurable(let path, let setting, let found):
      "\(path) cannot be made durable: \(setting) reads back as '\(found)'; put the ledger on a"
        + " local file system"
    case .notSynced(let path, let code):
      "\(path) cannot be written to the disk (system error \(code)): check the disk and its space;"
        + " keep the file, since it holds changes that were acknowledged"
    case .system(let path, let code):
      "\(path) cannot be opened: system error \(code)"
    case .storage(let path, let error):
      "\(path) cannot be opened: \(error); check the disk, or restore the ledger from a backup"
    }
  }
}
