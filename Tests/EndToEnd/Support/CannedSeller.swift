import Foundation
import Glibc

/// A seller that answers each path with the bytes that a test gave it, over real HTTP.
///
/// One thread, one connection at a time; a path that it does not know gets no answer at all.
final class CannedSeller: @unchecked Sendable {
  // Safe to share: the answers are set before the thread starts, and the descriptor is only read.
  private let descriptor: Int32
  private let answers: [String: [UInt8]]
  /// Where it listens.
  let origin: String

  /// Serves `answers` by path until ``close()``.
  init(_ answers: [String: [UInt8]]) throws {
    self.answers = answers
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
    try check(bound, "no port for the seller")
    origin = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    Thread.detachNewThread { self.serve() }
  }

  /// Ends the thread with its next connection.
  func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private func serve() {
    while true {
      let connection = accept(descriptor, nil, nil)
      guard connection >= 0 else { break }
      answer(connection)
      Glibc.close(connection)
    }
    Glibc.close(descriptor)
  }

  private func answer(_ connection: Int32) {
    var request: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while request.suffix(4) != Array("\r\n\r\n".utf8)[...] {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0, request.count < 65_536 else { return }
      request += buffer[..<count]
    }
    let line = String(decoding: request.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    let path = line.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    guard let answer = answers[path] else { return }
    var sent = 0
    while sent < answer.count {
      let count = answer[sent...].withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// An HTTP answer with an empty body.
  static func http(_ status: String, _ headers: [String]) -> [UInt8] {
    let lines =
      ["HTTP/1.1 \(status)"] + headers + ["Content-Length: 0", "Connection: close", "", ""]
    return Array(lines.joined(separator: "\r\n").utf8)
  }
}
