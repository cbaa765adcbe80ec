import Foundation
import Glibc
import PurserAPI
import PurserCore
import Synchronization

/// A daemon that answers each request with the next of its lines.
///
/// It keeps the requests. An answer of nil closes the connection instead.
final class ScriptedDaemon: Sendable {
  let path: String
  private let received = Mutex<[String]>([])
  private let descriptor: Int32

  init(in directory: ScratchDirectory, answering answers: [String?]) throws {
    let path = "\(directory.path)/\(UUID().uuidString.prefix(8)).sock"
    self.path = path
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    self.descriptor = descriptor
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isBound, listen(descriptor, 8) == 0 else { throw POSIXError(.EADDRINUSE) }
    Thread.detachNewThread { [self] in serve(answers) }
  }

  deinit { close(descriptor) }

  /// The members of the `params` of each request, in the order of their arrival.
  func parameters() throws -> [[String: CanonicalJSON]] {
    try received.withLock { $0 }.map { line in
      let message = try WireJSON.decode(CanonicalJSON.self, from: Array(line.utf8))
      guard case .object(let members) = message, case .object(let parameters)? = members["params"]
      else { return [:] }
      return parameters
    }
  }

  private func serve(_ answers: [String?]) {
    let connection = accept(descriptor, nil, nil)
    guard connection >= 0 else { return }
    defer { close(connection) }
    for (index, answer) in answers.enumerated() {
      guard let line = readLine(from: connection) else { return }
      received.withLock { $0.append(line) }
      guard let answer else { return }
      let text = "{\"jsonrpc\":\"2.0\",\"id\":\(index + 1),\(answer)}\n"
      _ = text.withCString { write(connection, $0, strlen($0)) }
    }
    // Until the other end has read it all and closes.
    _ = readLine(from: connection)
  }

  private func readLine(from connection: Int32) -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(connection, &byte, 1) == 1 {
      guard byte != UInt8(ascii: "\n") else { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return nil
  }
}
