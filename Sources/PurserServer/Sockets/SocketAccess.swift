internal import Glibc

/// Which users the kernel lets connect to a socket.
public struct SocketAccess: Sendable, Equatable {
  /// The group that the socket belongs to; nil for the daemon's own.
  public var groupID: UInt32?
  /// Its permissions; to connect takes the right to write (unix(7)).
  public var mode: UInt32

  /// A socket of mode `mode` that belongs to the group `groupID`.
  public init(groupID: UInt32? = nil, mode: UInt32) {
    self.groupID = groupID
    self.mode = mode
  }

  /// The daemon's own user alone.
  public static let ownUser = SocketAccess(mode: 0o600)

  /// Whether others than the owner are let in.
  var isShared: Bool { mode & 0o022 != 0 }

  /// The permissions of a directory that is made for the socket: whoever may connect must be able
  /// to go through it, and nobody to look around in it.
  var directoryMode: UInt32 { isShared ? 0o711 : 0o700 }
}

/// A socket that has its name and its permissions, and does not listen yet.
enum BoundSocket {
  /// Makes the socket at `path`, where nothing is.
  ///
  /// Nobody can connect before it listens, and by then it has its owner and permissions.
  static func open(_ path: String, _ access: SocketAccess) throws(SocketError) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw .failed(path: path, reason: "no socket was to be had") }
    do throws(SocketError) {
      guard bind(descriptor, to: path) else {
        throw .failed(path: path, reason: String(cString: strerror(errno)))
      }
      try allow(access, at: path)
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func bind(_ descriptor: Int32, to path: String) -> Bool {
    withUnixAddress(path) { Glibc.bind(descriptor, $0, $1) == 0 }
  }

  private static func allow(_ access: SocketAccess, at path: String) throws(SocketError) {
    if let groupID = access.groupID {
      // −1 leaves the owner as it is.
      guard lchown(path, uid_t.max, groupID) == 0 else {
        throw .failed(
          path: path,
          reason: "it could not be given to the group \(groupID): "
            + "\(String(cString: strerror(errno))); is the daemon's user one of its members?")
      }
    }
    guard chmod(path, access.mode) == 0 else {
      throw .failed(path: path, reason: "its mode could not be set")
    }
  }
}

/// Calls `body` with the address of the socket at `path`, which has at most 107 bytes.
func withUnixAddress<Value>(
  _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
) -> Value {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  return withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}
