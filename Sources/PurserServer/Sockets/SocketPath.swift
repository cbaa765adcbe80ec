internal import Glibc

/// Makes room for a socket without ever taking one away from a living daemon.
enum SocketPath {
  /// `sun_path` of unix(7), less the final zero.
  private static let longest = 107

  /// Makes the directory, for those who may use the socket, and removes a socket that nobody serves any more.
  ///
  /// The ledger's lock is held by now, so no other daemon of this data directory can be starting.
  static func prepare(_ path: String, _ access: SocketAccess = .ownUser) throws(SocketError) {
    guard path.utf8.count <= longest else { throw .pathTooLong(path) }
    try makeDirectory(of: path, mode: access.directoryMode)
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .pathInUse(path) }
    // With separation the owner has no right to connect, and so could not find out.
    let mode = status.st_mode & 0o777
    let isClosedToOwner = mode & 0o200 == 0 && status.st_uid == geteuid()
    if isClosedToOwner { chmod(path, mode | 0o200) }
    guard !isServed(path) else {
      if isClosedToOwner { chmod(path, mode) }
      throw .alreadyServed(path)
    }
    guard unlink(path) == 0 else {
      throw .failed(path: path, reason: String(cString: strerror(errno)))
    }
  }

  private static func makeDirectory(of path: String, mode: UInt32) throws(SocketError) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let directory = String(path[..<slash])
    var status = stat()
    if stat(directory, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw .pathInUse(directory) }
      return
    }
    try makeDirectory(of: directory, mode: mode)
    if mkdir(directory, 0o700) == 0 {
      // What the process may give away at all (umask) does not decide here.
      guard mode == 0o700 || chmod(directory, mode) == 0 else {
        throw .failed(path: directory, reason: "its mode could not be set")
      }
    } else if errno != EEXIST {
      throw .failed(path: directory, reason: String(cString: strerror(errno)))
    }
  }

  /// Whether somebody listens there: only a refused connection shows that nobody does.
  private static func isServed(_ path: String) -> Bool {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    return withUnixAddress(path) { connect(descriptor, $0, $1) == 0 || errno != ECONNREFUSED }
  }
}
