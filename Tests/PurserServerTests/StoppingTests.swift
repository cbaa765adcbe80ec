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

@Suite struct StoppingTests {
  private static func request(_ token: GrantToken) -> String {
    #"{"jsonrpc":"2.0","id":1,"method":"credential.request","params":{"service":"data","#
      + #""token":"\#(token.text)"}}"# + "\n"
  }

  @Test func `what is in flight is answered before the end, and idle clients hold up nobody`()
    async throws
  {
    let daemon = try TestDaemon()
    let gate = Gate()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      await gate.pass()
      return .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: .zero)
    }
    // However long the others keep the machine, the half line is not late.
    var bounds = ConnectionBounds()
    bounds.lineTimeout = .hours(1)
    let server = daemon.socketServer(bounds: bounds)
    try await server.start()
    let (idle, half, busy) = (
      try RawClient(daemon.agentsPath), try RawClient(daemon.agentsPath),
      try RawClient(daemon.agentsPath)
    )
    half.send("{")
    busy.send(Self.request(daemon.top()))
    await gate.waitForArrivals(1)
    async let stopped: Void = server.stop()
    #expect(try await blocking { idle.lines() }.isEmpty)
    #expect(try await blocking { half.lines() }.isEmpty)
    #expect(throws: RawClient.Failure.self) { try RawClient(daemon.agentsPath) }
    gate.open()
    let answers = try await blocking { busy.lines() }
    #expect(answers.count == 1 && answers[0].contains("preimage"))
    await stopped
  }

  @Test func `a client that reads nothing holds up nobody`() async throws {
    let daemon = try TestDaemon()
    let server = daemon.socketServer(bounds: ConnectionBounds(flushTimeout: .milliseconds(50)))
    try await server.start()
    let client = try RawClient(daemon.agentsPath)
    let line = Array((#"{"jsonrpc":"2.0","id":1,"method":"system.info"}"# + "\n").utf8)
    let lines = Array(repeating: line, count: 5000).flatMap(\.self)
    try await blocking {
      var refusals = 0
      while refusals < 100 {
        if client.sendWithoutWaiting(lines[...]) == 0 {
          refusals += 1
          usleep(1000)
        }
      }
    }
    await server.stop()
  }

  @Test func `a purchase outlives its connection`() async throws {
    let daemon = try TestDaemon()
    let gate = Gate()
    let seller = daemon.seller
    daemon.wallet.pays { order in
      await gate.pass()
      return .settled(preimage: seller.preimage(for: order.invoice.paymentHash) ?? [], fee: .zero)
    }
    try await daemon.serving { _ in
      let client = try RawClient(daemon.agentsPath)
      client.send(Self.request(daemon.top()))
      await gate.waitForArrivals(1)
      client.disconnect()
      gate.open()
      await daemon.coordinator.drainPurchases()
      #expect(try daemon.activeCredentials() == 1)
    }
  }
}
