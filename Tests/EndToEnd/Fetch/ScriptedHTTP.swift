import Foundation
import Glibc
import Synchronization

/// An HTTP server that does what a test says: a thread for each connection, which is kept open.
final class ScriptedHTTP: Sendable {
  /// A request as it came.
  struct Request: Sendable {
    let method: String
    let path: String
    /// By lower-case name.
    let headers: [String: String]
    let body: [UInt8]
    /// How many requests of this path came before.
    let earlier: Int
  }

  /// Writes bytes to the client; false once it is gone.
  typealias Write = (_ bytes: [UInt8]) -> Bool

  private let descriptor: Int32
  private let answer: @Sendable (Request, Write) throws -> Void
  private let seen = Mutex<(requests: [Request], connections: Int)>(([], 0))
  /// Where it listens.
  let origin: String

  /// Serves until ``close()``; a connection for which `answer` throws is closed.
  init(_ answer: @escaping @Sendable (Request, Write) throws -> Void) throws {
    self.answer = answer
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = descriptor
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    try check(bound, "no port for the server")
    origin = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    Thread.detachNewThread { self.serve() }
  }

  /// What came so far.
  var requests: [Request] { seen.withLock(\.requests) }
  /// How many connections there were.
  var connections: Int { seen.withLock(\.connections) }

  /// Takes no more connections.
  func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private func serve() {
    while true {
      let connection = accept(descriptor, nil, nil)
      guard connection >= 0 else { break }
      seen.withLock { $0.connections += 1 }
      Thread.detachNewThread {
        try? self.talk(connection)
        Glibc.close(connection)
      }
    }
    Glibc.close(descriptor)
  }

  private func talk(_ connection: Int32) throws {
    var received: [UInt8] = []
    while let request = try next(connection, &received) {
      try answer(request) { bytes in
        var sent = 0
        while sent < bytes.count {
          let count = bytes[sent...].withUnsafeBytes {
            send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
          }
          guard count > 0 else { return false }
          sent += count
        }
        return true
      }
    }
  }

  private func next(_ connection: Int32, _ received: inout [UInt8]) throws -> Request? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    func more() -> Bool {
      let count = recv(connection, &buffer, buffer.count, 0)
      if count > 0 { received += buffer[..<count] }
      return count > 0
    }
    let end = Array("\r\n\r\n".utf8)
    var split = received.firstRange(of: end)
    while split == nil {
      guard more() else { return nil }
      split = received.firstRange(of: end)
    }
    guard let split else { return nil }
    let head = String(decoding: received[..<split.lowerBound], as: UTF8.self)
    var lines = head.split(separator: "\r\n")[...]
    let words = (lines.popFirst() ?? "").split(separator: " ")
    var headers: [String: String] = [:]
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.last.map { $0.trimmingCharacters(in: .whitespaces) }
    }
    received.removeSubrange(..<split.upperBound)
    let length = headers["content-length"].flatMap(Int.init) ?? 0
    while received.count < length { guard more() else { return nil } }
    let body = Array(received.prefix(length))
    received.removeFirst(length)
    let (method, path) = (String(words[0]), String(words[1]))
    return seen.withLock { seen in
      let request = Request(
        method: method, path: path, headers: headers, body: body,
        earlier: seen.requests.count { $0.path == path })
      seen.requests.append(request)
      return request
    }
  }
}

extension ScriptedHTTP {
  /// An answer whose connection stays open.
  static func http(_ status: String, _ headers: [String] = [], _ body: [UInt8] = []) -> [UInt8] {
    let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
    return Array(lines.joined(separator: "\r\n").utf8) + body
  }

  /// The same with a text.
  static func http(_ status: String, _ headers: [String] = [], text: String) -> [UInt8] {
    http(status, headers, Array(text.utf8))
  }
}
