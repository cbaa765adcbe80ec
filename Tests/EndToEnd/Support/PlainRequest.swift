import Foundation
import Glibc

/// One `GET` over plain HTTP on this machine, as an agent makes it with a credential.
enum PlainRequest {
  /// The status of the answer.
  static func status(
    _ origin: String, _ path: String, authorization: String? = nil
  ) throws -> Int {
    let port = try require(
      origin.split(separator: ":").last.flatMap { UInt16($0) }, "a port in \(origin)")
    let connection = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(connection) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = port.bigEndian
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    try check(isConnected, "no connection to \(origin)")
    var lines = ["GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"]
    if let authorization { lines.append("Authorization: \(authorization)") }
    let request = Array((lines + ["", ""]).joined(separator: "\r\n").utf8)
    let sent = request.withUnsafeBytes {
      send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    try check(sent == request.count, "the request was not sent")
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while answer.count < 65_536 {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      answer += buffer[..<count]
    }
    let line = String(decoding: answer.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    return try require(
      line.split(separator: " ").dropFirst().first.flatMap { Int($0) }, "a status in '\(line)'")
  }
}
