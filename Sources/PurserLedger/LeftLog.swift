internal import Glibc

/// The log beside a database, as a daemon that died may have left it.
enum LeftLog {
  private static let chunk = 1 << 18

  /// Sees to it that everything that SQLite is about to take up from the log is on the disk.
  ///
  /// SQLite takes up each whole transaction that it finds there, and does not sync it: one whose
  /// daemon was killed before the sync may be in the kernel's memory alone, and from now on answers
  /// rest on it. The log is also written once more, with the bytes that it has: after a sync that
  /// failed, Linux takes what it could not write for written.
  static func secure(databasePath path: String) throws(LedgerOpenError) {
    // SQLite keeps it beside the file itself, wherever a link to it is.
    guard let resolved = realpath(path, nil) else { throw LedgerFile.error(errno, path: path) }
    defer { free(resolved) }
    let log = String(cString: resolved) + "-wal"
    let descriptor = open(log, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      if errno == ENOENT { return }
      throw LedgerFile.error(errno, path: log)
    }
    defer { close(descriptor) }
    guard rewrite(descriptor), fdatasync(descriptor) == 0 else {
      throw .notSynced(path: log, code: errno)
    }
  }

  /// Writes each byte where it is; false with `errno` when that fails.
  private static func rewrite(_ descriptor: Int32) -> Bool {
    var buffer = [UInt8](repeating: 0, count: chunk)
    var offset: off_t = 0
    while true {
      let count = pread(descriptor, &buffer, chunk, offset)
      if count <= 0 { return count == 0 }
      var written = 0
      while written < count {
        let step = buffer[written..<count].withUnsafeBytes { bytes in
          pwrite(descriptor, bytes.baseAddress, bytes.count, offset + off_t(written))
        }
        guard step > 0 else { return false }
        written += step
      }
      offset += off_t(count)
    }
  }
}
