import Dispatch
import Glibc
import NIOPosix
import PurserClient
import PurserTesting

@testable import PurserServer

/// A client that is nothing but a file descriptor.
final class RawClient: Sendable {
  private let descriptor: Int32

  struct Failure: Error { let code: Int32 }

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    // So that a test that waits in vain fails and does not hang.
    var timeout = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Failure(code: errno) }
  }

  deinit { close(descriptor) }

  /// Sends everything; false when the other end closed before.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.send(
          descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Sends as much as goes without waiting.
  func sendWithoutWaiting(_ bytes: ArraySlice<UInt8>) -> Int {
    let count = bytes.withUnsafeBytes { buffer in
      Glibc.send(
        descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
    return max(count, 0)
  }

  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  func disconnect() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// What comes until `count` lines are there, or the other end closes.
  func lines(_ count: Int = .max) -> [String] {
    var received: [UInt8] = []
    var found = 0
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while found < count {
      let length = recv(descriptor, &buffer, buffer.count, 0)
      guard length > 0 else { break }
      found += buffer[..<length].count { $0 == UInt8(ascii: "\n") }
      received += buffer[..<length]
    }
    return String(decoding: received, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

/// Runs `body`, which blocks, on a thread that no task needs.
func blocking<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
  }
}

extension TestDaemon {
  /// Serves this daemon on sockets in its directory, for as long as `body` runs.
  func serving(
    operators: Set<UInt32> = [geteuid()], bounds: ConnectionBounds = ConnectionBounds(),
    handler: RequestHandler? = nil, _ body: (SocketServer) async throws -> Void
  ) async throws {
    let server = socketServer(operators: operators, bounds: bounds, handler: handler)
    try await server.start()
    do { try await body(server) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  func socketServer(
    operators: Set<UInt32> = [geteuid()], bounds: ConnectionBounds = ConnectionBounds(),
    handler: RequestHandler? = nil
  ) -> SocketServer {
    SocketServer(
      requests: handler ?? self.handler,
      settings: SocketSettings(
        agentsPath: agentsPath, operatorsPath: operatorsPath, operatorUserIDs: operators),
      group: MultiThreadedEventLoopGroup.singleton, log: quietLog, bounds: bounds)
  }

  var agentsPath: String { scratch.file("agents/purser.sock") }
  var operatorsPath: String { scratch.file("operators/operator.sock") }
}
