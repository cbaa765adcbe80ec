import Foundation
import Glibc
import Synchronization

/// Stands between a client and the daemon: of the first so many connections it keeps the answer and
/// hangs up, as a network of bad manners does.
final class CuttingProxy: Sendable {
  let path: String
  private let descriptor: Int32
  private let count = Atomic(0)

  var requests: Int { count.load(ordering: .relaxed) }

  init(in scratch: Scratch, to daemon: String, cuts: Int) throws {
    let path = scratch.file("proxy.sock")
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
    Thread.detachNewThread { [self] in serve(daemon, cuts) }
  }

  deinit { close(descriptor) }

  private func serve(_ daemon: String, _ cuts: Int) {
    for connection in 0...cuts {
      let client = accept(descriptor, nil, nil)
      guard client >= 0 else { return }
      defer { close(client) }
      guard let line = Self.line(from: client), let server = try? RawClient(daemon) else { return }
      count.add(1, ordering: .relaxed)
      server.send(line)
      let answer = server.lines(1)
      guard connection == cuts else { continue }
      let text = answer.joined() + "\n"
      _ = text.withCString { write(client, $0, strlen($0)) }
      _ = Self.line(from: client)
    }
  }

  private static func line(from client: Int32) -> [UInt8]? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(client, &byte, 1) == 1 {
      line.append(byte)
      if byte == UInt8(ascii: "\n") { return line }
    }
    return nil
  }
}
