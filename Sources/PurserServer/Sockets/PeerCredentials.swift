internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import PurserCore
internal import PurserPeer

/// The kernel's `struct ucred`, which Glibc's module does not show.
private struct KernelCredentials {
  var processID: pid_t = 0
  var userID: uid_t = 0
  var groupID: gid_t = 0
}

extension Channel {
  /// The descriptor of its socket, on its event loop; good for as long as the channel is open.
  var descriptor: Int32? {
    (try? pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
      $0
    }) ?? nil
  }

  /// A hold on the process that connected.
  func peerHandle() async -> PeerHandle {
    let handle = eventLoop.submit { self.descriptor.map(PeerSocket.handle(on:)) }
    return (try? await handle.get()) ?? .gone
  }

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
