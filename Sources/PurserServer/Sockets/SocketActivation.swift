internal import Glibc

/// Sockets that a service manager opened and listens on for the daemon (sd_listen_fds(3)).
public struct ActivatedSockets: Sendable, Equatable {
  /// The agents' socket; nil when the daemon opens it itself.
  public var agents: Int32?
  /// The operators' socket; nil when the daemon opens it itself.
  public var operators: Int32?

  /// None.
  public init() {}

  private static let first: Int32 = 3

  /// The sockets that the environment speaks of, named `agents` and `operators`
  /// (`FileDescriptorName=` of systemd.socket(5)).
  ///
  /// What is meant for another process, as in an environment that was inherited, is none.
  /// - Throws: ``SocketError/notActivated(reason:)`` for another name, one that is there twice, or
  ///   a number of sockets that is none.
  public init(environment: [String: String], processID: Int32) throws(SocketError) {
    guard let count = environment["LISTEN_FDS"],
      environment["LISTEN_PID"] == "\(processID)"
    else { return }
    let names = (environment["LISTEN_FDNAMES"] ?? "").split(
      separator: ":", omittingEmptySubsequences: false)
    guard let number = Int32(count), (1...2).contains(number), names.count == Int(number) else {
      throw .notActivated(reason: "give it one or two sockets, each with its FileDescriptorName=")
    }
    for (index, name) in names.enumerated() {
      let descriptor = Self.first + Int32(index)
      switch name {
      case "agents" where agents == nil: agents = descriptor
      case "operators" where operators == nil: operators = descriptor
      default:
        throw .notActivated(reason: "the names are agents and operators, each of them once")
      }
    }
  }

  /// Who owns a socket that was opened for the daemon, and who may connect to it.
  /// - Throws: ``SocketError/notActivated(reason:)`` unless it is a Unix stream socket with a path
  ///   that listens.
  public static func owner(
    of descriptor: Int32
  ) throws(SocketError) -> (user: UInt32, access: SocketAccess) {
    var address = sockaddr_un()
    var size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &size) == 0
      }
    }
    let path = withUnsafeBytes(of: address.sun_path) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    var status = stat()
    guard isNamed, address.sun_family == sa_family_t(AF_UNIX),
      option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue),
      option(SO_ACCEPTCONN, of: descriptor) == 1, !path.isEmpty, stat(path, &status) == 0
    else {
      throw .notActivated(reason: "descriptor \(descriptor) is no Unix socket that listens")
    }
    return (
      status.st_uid, SocketAccess(groupID: status.st_gid, mode: status.st_mode & 0o777)
    )
  }

  private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
  }
}
