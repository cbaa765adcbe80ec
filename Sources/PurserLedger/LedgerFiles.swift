internal import Glibc

/// The lock file beside a database: while it is held, no other daemon opens the same ledger.
///
/// The file stays when the lock goes: removing it would let two daemons hold two files of one name.
final class LedgerLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock of the database at `path`.
  init(databasePath path: String) throws(LedgerOpenError) {
    let lockPath = path + ".lock"
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    let opened = open(lockPath, flags, LedgerFile.ownerOnly)
    guard opened >= 0 else { throw LedgerFile.error(errno, path: lockPath) }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(opened)
      throw code == EWOULDBLOCK ? .locked(lockPath: lockPath) : .system(path: lockPath, code: code)
    }
    descriptor = opened
  }

  /// Whether some process holds the lock of the database at `path` now; the lock file need not be
  /// there.
  static func isHeld(databasePath path: String) throws(LedgerOpenError) -> Bool {
    let lockPath = path + ".lock"
    let opened = open(lockPath, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard opened >= 0 else {
      if errno == ENOENT { return false }
      throw LedgerFile.error(errno, path: lockPath)
    }
    defer { close(opened) }
    // Closing it gives the lock back.
    guard flock(opened, LOCK_SH | LOCK_NB) != 0 else { return false }
    guard errno == EWOULDBLOCK else { throw .system(path: lockPath, code: errno) }
    return true
  }

  deinit {
    // A process that was forked and has not reached its exec yet shares the lock: closing our copy
    // alone would leave it held until then.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

/// The database file, before SQLite sees it.
enum LedgerFile {
  /// Read and write for the owner, nothing for anybody else.
  static let ownerOnly: mode_t = 0o600

  /// Checks that the path can be a ledger, before anything is created.
  static func checkPlace(_ path: String) throws(LedgerOpenError) {
    var info = stat()
    if stat(path, &info) == 0 {
      guard info.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
      return
    }
    guard errno == ENOENT || errno == ENOTDIR else { throw error(errno, path: path) }
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard stat(directory, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
      throw .noDirectory(path: path)
    }
  }

  /// Creates the file if it is missing, and sees to it that only its owner can read it.
  ///
  /// A file without write permission is refused even where the system would let root write it:
  /// somebody marked it so.
  static func prepare(_ path: String) throws(LedgerOpenError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, ownerOnly)
    guard descriptor >= 0 else { throw error(errno, path: path) }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw error(errno, path: path) }
    guard info.st_mode & S_IWUSR != 0 else { throw .readOnly(path: path) }
    guard info.st_mode & 0o077 == 0 || fchmod(descriptor, ownerOnly) == 0 else {
      throw error(errno, path: path)
    }
  }

  static func error(_ code: Int32, path: String) -> LedgerOpenError {
    switch code {
    case EACCES, EPERM, EROFS: .readOnly(path: path)
    case EISDIR: .notAFile(path: path)
    case ENOENT, ENOTDIR: .noDirectory(path: path)
    default: .system(path: path, code: code)
    }
  }
}
