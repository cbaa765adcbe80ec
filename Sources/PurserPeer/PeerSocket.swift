internal import Glibc
public import PurserCore

/// What the kernel tells of the other end of a Unix socket.
///
/// Every call takes a descriptor that must stay open for as long as the call lasts.
public enum PeerSocket {
  /// The kernel's `struct ucred` (unix(7)), which Glibc's module does not show.
  private struct Credentials {
    var processID: pid_t = 0
    var userID: uid_t = 0
    var groupID: gid_t = 0

    var process: PeerProcess {
      PeerProcess(processID: processID, userID: userID, groupID: groupID)
    }
  }

  /// Room for one control message with credentials: `CMSG_SPACE(sizeof(struct ucred))`.
  ///
  /// No more than that, so that the kernel has no place for descriptors that somebody sends: what
  /// is peeked at would be opened here each time.
  private struct ControlMessage {
    var length = 0
    var level: CInt = 0
    var kind: CInt = 0
    var credentials = Credentials()
    private var padding: CInt = 0
  }

  /// From `asm-generic/socket.h` and `bits/socket.h`; Glibc 2.36 does not have the first.
  private static let peerPidfd: CInt = 77
  private static let credentialsKind: CInt = 2

  /// Has the kernel keep, with all that is sent from now on, who sent it (`SO_PASSCRED`).
  ///
  /// Set on a listening socket it holds for its connections from their first byte on: they inherit
  /// it, and what is sent before they are accepted has credentials in any case.
  public static func keepSenders(on descriptor: Int32) -> Bool {
    var isOn: CInt = 1
    let size = socklen_t(MemoryLayout<CInt>.size)
    return setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, &isOn, size) == 0
  }

  /// The process that sent what is read next; nil when nothing waits or it is not known.
  ///
  /// It takes nothing. With `SO_PASSCRED` no read brings bytes of two senders, so that the next
  /// read, by whatever call, is from this process to its last byte.
  public static func nextSender(on descriptor: Int32) -> PeerProcess? {
    var byte: UInt8 = 0
    var control = ControlMessage()
    let count = withUnsafeMutableBytes(of: &byte) { byte in
      withUnsafeMutableBytes(of: &control) { control in
        var vector = iovec(iov_base: byte.baseAddress, iov_len: byte.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
          var message = msghdr()
          message.msg_iov = vector
          message.msg_iovlen = 1
          message.msg_control = control.baseAddress
          message.msg_controllen = control.count
          let flags = CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)
          return recvmsg(descriptor, &message, flags)
        }
      }
    }
    let expected = MemoryLayout<ControlMessage>.offset(of: \.credentials) ?? 0
    guard count > 0, control.level == SOL_SOCKET, control.kind == credentialsKind,
      control.length == expected + MemoryLayout<Credentials>.size
    else { return nil }
    return control.credentials.process
  }

  /// A hold on the process that connected (`SO_PEERPIDFD`, Linux 6.5).
  public static func handle(on descriptor: Int32) -> PeerHandle {
    var process: CInt = -1
    var size = socklen_t(MemoryLayout<CInt>.size)
    guard getsockopt(descriptor, SOL_SOCKET, peerPidfd, &process, &size) == 0 else {
      return errno == ENOPROTOOPT ? .unsupported : .gone
    }
    return .process(ProcessHandle(descriptor: process))
  }
}

/// What the kernel gives to hold on to the process that connected.
public enum PeerHandle: Sendable {
  /// The process.
  case process(ProcessHandle)
  /// It has ended.
  case gone
  /// This kernel gives none.
  case unsupported
}

/// A process that the kernel does not mistake for a later one of the same number (a pidfd).
public final class ProcessHandle: Sendable {
  private let descriptor: Int32

  /// Takes over a pidfd; it is closed with the last use.
  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Whether the process runs; until it has ended nothing else has its number (pidfd_open(2)).
  public var isRunning: Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) == 0
  }
}
