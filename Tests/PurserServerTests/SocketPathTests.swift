import Foundation
import Glibc
import L402
import NIOCore
import NIOEmbedded
import PurserAPI
import PurserClient
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct SocketPathTests {
  @Test func `a stale socket is replaced and a living one is left alone`() async throws {
    let daemon = try TestDaemon()
    let (first, second) = (daemon.socketServer(), daemon.socketServer())
    try await first.start()
    await #expect(throws: SocketError.alreadyServed(daemon.agentsPath)) { try await second.start() }
    try await blocking {
      _ = try PurserConnection(path: daemon.agentsPath).call(SystemInfo.self, NoParameters())
    }
    await first.stop()
    // What a daemon that was killed leaves behind: bound, and nobody listens.
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: daemon.agentsPath.utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    close(descriptor)
    #expect(bound == 0)
    try await second.start()
    await second.stop()
  }

  @Test func `a path that cannot be used is named`() async throws {
    let scratch = try Scratch()
    let long = scratch.file(String(repeating: "a", count: 120))
    #expect(throws: SocketError.pathTooLong(long)) { try SocketPath.prepare(long) }
    let file = scratch.file("file")
    #expect(FileManager.default.createFile(atPath: file, contents: nil))
    #expect(throws: SocketError.pathInUse(file)) { try SocketPath.prepare(file) }
    #expect(throws: SocketError.pathInUse(file)) { try SocketPath.prepare(file + "/socket") }
    #expect(FileManager.default.fileExists(atPath: file))
    let directory = scratch.file("a/b/c")
    try SocketPath.prepare(directory + "/socket")
    #expect(FileManager.default.fileExists(atPath: directory))
    let symlink = scratch.file("link")
    try FileManager.default.createSymbolicLink(atPath: symlink, withDestinationPath: "/etc/passwd")
    #expect(throws: SocketError.pathInUse(symlink)) { try SocketPath.prepare(symlink) }
  }
}
