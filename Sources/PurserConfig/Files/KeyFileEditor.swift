internal import Glibc
internal import LibCrypto

/// Changes a key file, in one process at a time and so that a crash leaves the old file or the new
/// one.
///
/// The lock is held for as long as the editor lives. Comments in the file stay.
public final class KeyFileEditor {
  /// One key, without its bytes.
  public struct Key: Sendable, Equatable {
    /// Its number.
    public let number: UInt64
    /// Whether it signs and seals.
    public let isCurrent: Bool
    /// When it was made, in Unix seconds; nil where the file does not say.
    public let madeAt: UInt64?
  }

  /// The file itself, wherever a link to it is.
  public let path: String
  private let lock: Int32

  /// Takes the lock of the key file at `path`.
  /// - Throws: ``ConfigError/keyFileInUse(path:)`` when another process has it, and
  ///   ``ConfigError`` when the file is not there or cannot be locked.
  public init(_ path: String) throws(ConfigError) {
    guard let resolved = realpath(path, nil) else { throw .unreadable(path: path, code: errno) }
    defer { free(resolved) }
    let file = String(cString: resolved)
    let lockPath = file + ".lock"
    let opened = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
    guard opened >= 0 else { throw .unwritable(path: lockPath, code: errno) }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(opened)
      throw code == EWOULDBLOCK ? .keyFileInUse(path: path) : .unwritable(path: path, code: code)
    }
    self.path = file
    lock = opened
  }

  deinit {
    flock(lock, LOCK_UN)
    close(lock)
  }

  /// The keys as the file has them now, in its order.
  /// - Throws: ``ConfigError`` as ``KeyFile/load(_:)`` does.
  public func keys() throws(ConfigError) -> [Key] { try Self.keys(in: path) }

  /// The keys of the file at `path`, in its order; no lock is taken.
  /// - Throws: ``ConfigError`` as ``KeyFile/load(_:)`` does.
  public static func keys(in path: String) throws(ConfigError) -> [Key] {
    var (bytes, _) = try read(path)
    defer { wipe(&bytes) }
    return try KeyTable(parsing: bytes, path: path).entries.map {
      Key(number: $0.number, isCurrent: $0.isCurrent, madeAt: $0.madeAt)
    }
  }

  /// Adds a fresh random key, which is the current one from now on, and gives its number: one more
  /// than the greatest.
  ///
  /// `now` is the time in Unix seconds.
  /// - Throws: ``ConfigError/keyChange(path:fault:)``, and ``ConfigError`` when the file cannot be
  ///   read or written; it is then as it was.
  public func rotate(now: UInt64) throws(ConfigError) -> UInt64 {
    try change { table, lines throws(KeyChangeFault) in
      guard table.entries.count < KeyFile.maximumKeys else { throw .tooManyKeys }
      let greatest = table.entries.map(\.number).max() ?? 0
      guard greatest < KeyFile.greatestNumber else { throw .noNumberLeft }
      for entry in table.entries where entry.isCurrent {
        lines[entry.line] = KeyTable.withoutMark(lines[entry.line][...])
      }
      var key = randomBytes(AESGCM.keyLength)
      defer { wipe(&key) }
      let line = KeyTable.line(greatest + 1, key, madeAt: now) + " current"
      // A file that ends with a line feed has one more, empty line.
      let end = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
      lines.insert(Array(line.utf8), at: end)
      return greatest + 1
    }
  }

  /// Takes out the key of this number, which must not be the current one.
  /// - Throws: ``ConfigError/keyChange(path:fault:)``, and ``ConfigError`` when the file cannot be
  ///   read or written; it is then as it was.
  public func remove(_ number: UInt64) throws(ConfigError) {
    try change { table, lines throws(KeyChangeFault) in
      guard let entry = table.entries.first(where: { $0.number == number }) else {
        throw .noSuchKey(number)
      }
      guard !entry.isCurrent else { throw .isCurrent(number) }
      wipe(&lines[entry.line])
      lines.remove(at: entry.line)
    }
  }

  private func change<Value>(
    _ body: (KeyTable, inout [[UInt8]]) throws(KeyChangeFault) -> Value
  ) throws(ConfigError) -> Value {
    var (bytes, status) = try Self.read(path)
    defer { wipe(&bytes) }
    let table = try KeyTable(parsing: bytes, path: path)
    var lines = KeyTable.lines(of: bytes).map { Array($0) }
    defer { for index in lines.indices { wipe(&lines[index]) } }
    let value: Value
    do throws(KeyChangeFault) { value = try body(table, &lines) } catch {
      throw .keyChange(path: path, fault: error)
    }
    var changed = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    if changed.last != UInt8(ascii: "\n") { changed.append(UInt8(ascii: "\n")) }
    defer { wipe(&changed) }
    // What would not be read back is never put in place.
    _ = try KeyTable(parsing: changed, path: path)
    try PlainFile.replace(path, changed, like: status)
    return value
  }

  /// The file, of ours or of root's, or of anybody's where root asks.
  private static func read(
    _ path: String
  ) throws(ConfigError) -> (bytes: [UInt8], status: PlainFile.Status) {
    var found: PlainFile.Status?
    let bytes = try PlainFile.read(path, maximum: SecretFile.maximumLength) {
      status throws(ConfigError) in
      try SecretFile.check(status, of: path, isRoot: geteuid() == 0)
      found = status
    }
    guard let found else { throw .unreadable(path: path, code: EIO) }
    return (bytes, found)
  }
}
