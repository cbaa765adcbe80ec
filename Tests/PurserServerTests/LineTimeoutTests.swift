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

/// The connection handler in virtual time; blank lines are read and need no answer.
@Suite struct LineTimeoutTests {
  private static func channel(_ daemon: TestDaemon) throws -> EmbeddedChannel {
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(
      ConnectionHandler(
        requests: daemon.handler, session: daemon.agents, bounds: ConnectionBounds(),
        outbox: Outbox(eventLoop: channel.eventLoop)))
    try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
    return channel
  }

  @Test func `a line that is never finished gets one error and ends`() throws {
    let channel = try Self.channel(TestDaemon())
    try channel.writeInbound(ByteBuffer(string: "{"))
    channel.embeddedEventLoop.advanceTime(by: .seconds(29))
    try channel.writeInbound(ByteBuffer(string: " "))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    let answer = try #require(try channel.readOutbound(as: ByteBuffer.self))
    #expect(String(buffer: answer).contains("not finished in time"))
    #expect(!channel.isActive)
    _ = try? channel.finish()
  }

  @Test func `each line has its own time, and silence between lines has none`() throws {
    let channel = try Self.channel(TestDaemon())
    try channel.writeInbound(ByteBuffer(string: " "))
    for _ in 0..<10 {
      channel.embeddedEventLoop.advanceTime(by: .seconds(20))
      // The end of one line and the beginning of the next.
      try channel.writeInbound(ByteBuffer(string: "\n "))
      #expect(channel.isActive)
    }
    try channel.writeInbound(ByteBuffer(string: "\n"))
    channel.embeddedEventLoop.advanceTime(by: .hours(1))
    #expect(channel.isActive)
    #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    _ = try? channel.finish()
  }
}
