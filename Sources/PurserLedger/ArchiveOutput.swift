internal import FoundationEssentials
internal import Glibc
internal import LibCrypto
internal import LibSQLite
internal import PurserCore

/// A new file in `archives` beside the ledger, for its owner alone, and the digest of what was
/// written to it.
final class ArchiveOutput {
  let path: String
  private let ledgerDirectory: String
  private let directory: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var hash = SHA256()

  /// Makes the file `name`, lets `body` write it, and sees to it that it is on the disk.
  ///
  /// What is in it is to leave the ledger. It goes again when it could not be written whole.
  static func write<Value>(
    _ name: String, beside ledgerDirectory: String,
    _ body: (ArchiveOutput) throws(SQLiteError) -> Value
  ) throws(SQLiteError) -> Value {
    let output = try ArchiveOutput(name, beside: ledgerDirectory)
    do throws(SQLiteError) {
      let value = try body(output)
      try output.finish()
      return value
    } catch {
      unlink(output.path)
      throw error
    }
  }

  private init(_ name: String, beside ledgerDirectory: String) throws(SQLiteError) {
    self.ledgerDirectory = ledgerDirectory
    directory = ledgerDirectory + "/archives"
    path = directory + "/" + name
    guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw .file(directory) }
    descriptor = open(
      path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, LedgerFile.ownerOnly)
    guard descriptor >= 0 else { throw .file(path) }
  }

  deinit { close(descriptor) }

  /// SHA-256 of the lines so far, in hex.
  var digest: String { Hex.encode(hash.finalized()) }

  func write(line: CanonicalJSON) throws(SQLiteError) { try write(line: Array(line.text.utf8)) }

  /// Writes a line and the line feed after it.
  func write(line: [UInt8]) throws(SQLiteError) {
    hash.update(line)
    hash.update(byte: UInt8(ascii: "\n"))
    buffer += line
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count > 1 << 18 { try flush() }
  }

  /// The file, its name, and the name of its directory, which may be new.
  private func finish() throws(SQLiteError) {
    try flush()
    guard fsync(descriptor) == 0 else { throw .file(path) }
    for directory in [directory, ledgerDirectory] {
      let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .file(directory) }
      defer { close(descriptor) }
      guard fsync(descriptor) == 0 else { throw .file(directory) }
    }
  }

  private func flush() throws(SQLiteError) {
    var written = 0
    while written < buffer.count {
      let count = buffer[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .file(path) }
      written += count
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

extension SQLiteError {
  /// The system refused to write a file (SQLITE_IOERR).
  fileprivate static func file(_ path: String) -> SQLiteError {
    SQLiteError(code: 10, message: "\(path): \(String(cString: strerror(errno)))")
  }
}
