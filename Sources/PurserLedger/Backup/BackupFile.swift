internal import Glibc
internal import LibCrypto
internal import PurserCore

/// A sealed file while it is written: for its owner alone, and gone again unless it is finished.
final class BackupFile {
  private let path: String
  private let descriptor: Int32
  private let format: BackupFormat
  private let key: [UInt8]
  private var number: UInt64 = 0
  private var hash = SHA256()
  private(set) var length: UInt64 = 0
  private var isFinished = false

  /// Makes the file `path`.
  init(_ path: String, _ format: BackupFormat, keyring: Keyring) throws(BackupError) {
    guard let key = format.key(of: keyring) else { throw .noKey(format.keyID) }
    // Only what this opened is ever removed.
    let opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard opened >= 0 else {
      throw errno == EEXIST ? .exists(path: path) : .file(path: path, code: errno)
    }
    descriptor = opened
    self.path = path
    self.format = format
    self.key = key
  }

  deinit {
    close(descriptor)
    if !isFinished { unlink(path) }
  }

  /// Seals everything that `source` has from its first byte on, and syncs the file and its name.
  /// - Returns: SHA-256 of the file.
  func seal(_ source: Int32) throws(BackupError) -> [UInt8] {
    try write(format.header)
    var chunk = try Self.read(source, format.chunkLength, path: path)
    while true {
      // One ahead, since the last one is sealed as such.
      let next = try Self.read(source, format.chunkLength, path: path)
      try write(seal(chunk, isLast: next.isEmpty))
      if next.isEmpty { break }
      chunk = next
    }
    guard fsync(descriptor) == 0 else { throw .file(path: path, code: errno) }
    try Self.synchronizeDirectory(of: path)
    isFinished = true
    return hash.finalized()
  }

  private func seal(_ chunk: [UInt8], isLast: Bool) throws(BackupError) -> [UInt8] {
    defer { number += 1 }
    do {
      return try AESGCM.seal(
        chunk, key: key, nonce: BackupFormat.nonce(number, isLast: isLast),
        associatedData: format.header)
    } catch { throw .notAuthentic(chunk: number) }
  }

  private func write(_ bytes: [UInt8]) throws(BackupError) {
    try Self.write(bytes, to: descriptor, path: path)
    hash.update(bytes)
    length += UInt64(bytes.count)
  }

  static func write(
    _ bytes: [UInt8], to descriptor: Int32, path: String
  ) throws(BackupError) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .file(path: path, code: errno) }
      written += count
    }
  }

  /// The next `length` bytes, fewer at the end.
  static func read(
    _ descriptor: Int32, _ length: Int, path: String
  ) throws(BackupError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    var count = 0
    while count < length {
      let more = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), length - count)
      }
      if more < 0, errno == EINTR { continue }
      guard more >= 0 else { throw .file(path: path, code: errno) }
      if more == 0 { break }
      count += more
    }
    bytes.removeSubrange(count...)
    return bytes
  }

  /// Makes a new name in a directory last.
  static func synchronizeDirectory(of path: String) throws(BackupError) {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .file(path: directory, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .file(path: directory, code: errno) }
  }
}

/// A sealed file while it is opened.
enum SealedBackup {
  /// Opens the file `path` into `target`, part by part; nothing of a part is written before it is
  /// found to be authentic.
  /// - Returns: SHA-256 of the file, and the number of the key that it is sealed under.
  static func open(
    _ path: String, keyring: Keyring, into target: Int32, targetPath: String
  ) throws(BackupError) -> (digest: [UInt8], keyID: UInt64) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .file(path: path, code: errno) }
    defer { close(descriptor) }
    var hash = SHA256()
    let header = try BackupFile.read(descriptor, BackupFormat.headerLength, path: path)
    let format = try BackupFormat(parsing: header)
    guard let key = format.key(of: keyring) else { throw .noKey(format.keyID) }
    hash.update(header)
    let boxLength = format.chunkLength + AESGCM.tagLength
    var number: UInt64 = 0
    var box = try BackupFile.read(descriptor, boxLength, path: path)
    while true {
      let next = try BackupFile.read(descriptor, boxLength, path: path)
      hash.update(box)
      let chunk: [UInt8]
      do throws(SealingError) {
        chunk = try AESGCM.open(
          box, key: key, nonce: BackupFormat.nonce(number, isLast: next.isEmpty),
          associatedData: header)
      } catch { throw .notAuthentic(chunk: number) }
      try BackupFile.write(chunk, to: target, path: targetPath)
      if next.isEmpty { return (hash.finalized(), format.keyID) }
      number += 1
      box = next
    }
  }
}
