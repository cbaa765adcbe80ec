internal import Glibc

/// Files that the configuration is read from and written to.
///
/// What is checked is the file that was opened, never the path, which could name another file a
/// moment later.
enum PlainFile {
  /// Who owns a file and who may do what with it.
  struct Status {
    let owner: UInt32
    let group: UInt32
    let mode: UInt32
  }

  /// The largest YAML file, 1 MiB.
  static let maximumYAMLLength = 1 << 20

  /// The text of a YAML file, which nobody but its owner may change.
  static func yaml(_ path: String) throws(ConfigError) -> String {
    let bytes = try read(path, maximum: maximumYAMLLength) { status throws(ConfigError) in
      guard status.mode & 0o022 == 0 else {
        throw .writableByOthers(path: path, mode: status.mode)
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(path: path) }
    return text
  }

  /// The bytes of a regular file of at most `maximum` bytes whose status passes `check`.
  static func read(
    _ path: String, maximum: Int, check: (Status) throws(ConfigError) -> Void
  ) throws(ConfigError) -> [UInt8] {
    // O_NONBLOCK: opening a pipe must not wait for its other end.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile(path: path) }
    try check(Status(owner: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o7777))
    guard status.st_size <= maximum else { throw .tooLarge(path: path, maximum: maximum) }
    return try bytes(of: descriptor, path: path, maximum: maximum)
  }

  private static func bytes(
    of descriptor: Int32, path: String, maximum: Int
  ) throws(ConfigError) -> [UInt8] {
    // One more than allowed, so that a file that grows meanwhile is noticed.
    var bytes = [UInt8](repeating: 0, count: maximum + 1)
    var count = 0
    while count < bytes.count {
      let result = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if result == 0 { break }
      if result < 0 {
        if errno == EINTR { continue }
        throw .unreadable(path: path, code: errno)
      }
      count += result
    }
    guard count <= maximum else { throw .tooLarge(path: path, maximum: maximum) }
    bytes.removeSubrange(count...)
    return bytes
  }

  /// Makes a new file of mode 0600 with `bytes`, on disk when this returns.
  ///
  /// Nothing that exists is touched, a dangling symbolic link included.
  static func create(_ path: String, _ bytes: [UInt8]) throws(ConfigError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw errno == EEXIST ? .exists(path: path) : .unwritable(path: path, code: errno)
    }
    defer { close(descriptor) }
    do throws(ConfigError) {
      try write(bytes, to: descriptor, path: path)
      guard fsync(descriptor) == 0 else { throw .unwritable(path: path, code: errno) }
      try synchronizeDirectory(of: path)
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Puts a file with `bytes` in the place of the one at `path`, with its owner, group and mode.
  ///
  /// At any moment there is the old file or the new one, whole; the new one is on disk when this
  /// returns. Beside it there may stay `path` with `.new`, of mode 0600, when the process is killed;
  /// the next call removes it. Only one process at a time may do this.
  static func replace(
    _ path: String, _ bytes: [UInt8], like status: Status
  ) throws(ConfigError) {
    let fresh = path + ".new"
    unlink(fresh)
    let descriptor = open(
      fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
    guard descriptor >= 0 else { throw .unwritable(path: fresh, code: errno) }
    defer { close(descriptor) }
    do throws(ConfigError) {
      try write(bytes, to: descriptor, path: fresh)
      let isOurs = status.owner == geteuid() && status.group == getegid()
      guard isOurs || fchown(descriptor, status.owner, status.group) == 0,
        fchmod(descriptor, mode_t(status.mode)) == 0, fsync(descriptor) == 0,
        rename(fresh, path) == 0
      else { throw .unwritable(path: path, code: errno) }
    } catch {
      unlink(fresh)
      throw error
    }
    try synchronizeDirectory(of: path)
  }

  private static func write(
    _ bytes: [UInt8], to descriptor: Int32, path: String
  ) throws(ConfigError) {
    var offset = 0
    while offset < bytes.count {
      let result = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
      }
      if result < 0, errno == EINTR { continue }
      guard result > 0 else { throw .unwritable(path: path, code: errno) }
      offset += result
    }
  }

  /// Makes the new name in the directory last through a loss of power.
  private static func synchronizeDirectory(of path: String) throws(ConfigError) {
    let directory = open(FilePath.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .unwritable(path: path, code: errno) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw .unwritable(path: path, code: errno) }
  }
}

/// Paths, as text.
enum FilePath {
  /// The path of the directory that `path` lies in.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// `path` itself when it is absolute, else below `directory`; without empty and `.` parts.
  static func resolve(_ path: String, in directory: String) -> String {
    let whole = path.hasPrefix("/") ? path : directory + "/" + path
    let parts = whole.split(separator: "/").filter { $0 != "." }
    return (whole.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  /// The absolute path of the directory that `path` lies in.
  static func absoluteDirectory(of path: String) throws(ConfigError) -> String {
    let directory = directory(of: path)
    guard !directory.hasPrefix("/") else { return directory }
    guard let working = getcwd(nil, 0) else { throw .unreadable(path: path, code: errno) }
    defer { free(working) }
    return resolve(directory, in: String(cString: working))
  }
}
