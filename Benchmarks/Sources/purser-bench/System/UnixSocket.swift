internal import Glibc

/// A connected Unix stream socket, closed when it is let go.
final class UnixSocket {
  let descriptor: Int32

  init(path: String) throws(BenchError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    try require(
      path.utf8.count < MemoryLayout.size(ofValue: address.sun_path),
      "the socket path is too long: \(path)")
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    self.descriptor = descriptor
    try require(connected == 0, "nothing answers on \(path): \(lastSystemError())")
  }

  deinit { close(descriptor) }

  /// From now on nothing waits.
  func stopBlocking() {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  /// Sends what is in the queue, as much as the socket takes.
  func send(_ queue: ByteQueue) throws(BenchError) {
    while queue.count > 0 {
      let sent = Glibc.send(
        descriptor, queue.bytes.baseAddress, queue.count, Int32(MSG_NOSIGNAL))
      if sent < 0, errno == EINTR { continue }
      if sent < 0, errno == EAGAIN { return }
      try require(sent > 0, "sending failed: \(lastSystemError())")
      queue.dropFirst(sent)
    }
  }

  /// Takes in what has come; false when nothing had.
  func receive(into queue: ByteQueue) throws(BenchError) -> Bool {
    let size = 1 << 16
    while true {
      let received = recv(descriptor, queue.room(size), size, 0)
      if received < 0, errno == EINTR { continue }
      if received < 0, errno == EAGAIN { return false }
      try require(received != 0, "the server closed the connection")
      try require(received > 0, "receiving failed: \(lastSystemError())")
      queue.grow(received)
      return true
    }
  }
}

/// What `errno` says.
func lastSystemError() -> String { String(cString: strerror(errno)) }
