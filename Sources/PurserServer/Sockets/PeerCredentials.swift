internal import Glibc
internal import NIOCore
internal import PurserCore

/// The kernel's `struct ucred`, which Glibc's module does not show.
private struct KernelCredentials {
  var processID: pid_t = 0
  var userID: uid_t = 0
  var groupID: gid_t = 0
}

extension Channel {
  /// The process that connected, as the kernel noted it at `connect` (unix(7), SO_PEERCRED).
  func peerProcess() -> EventLoopFuture<PeerProcess> {
    guard let provider = self as? any SocketOptionProvider else {
      return eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }
    return provider.unsafeGetSocketOption(
      level: NIOBSDSocket.OptionLevel(rawValue: SOL_SOCKET),
      name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
    ).map { (credentials: KernelCredentials) in
      PeerProcess(
        processID: credentials.processID, userID: credentials.userID,
        groupID: credentials.groupID)
    }
  }
}
