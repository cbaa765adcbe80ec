import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct DaemonClientTests {
  /// The example of docs/CLIENTS.md, to the letter but for the socket and the token.
  @Test func `the example of the documentation runs`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let (path, token) = (daemon.agentsPath, daemon.top(.spend(msat(100_000))).text)
      // begin: docs/CLIENTS.md
      let purser = DaemonClient(ClientSettings(path: path, token: token))
      do throws(ClientError) {
        let hold = try await purser.call(SpendReserve.self, .init(amountMsat: msat(20_000)))
        // The work goes here; say what it really cost.
        let ended = try await purser.call(
          SpendSettle.self, .init(hold: hold.hold, amountMsat: msat(12_500)))
        print("gave back \(ended.releasedMsat)")
      } catch {
        switch error.reason {
        case .budgetExceeded: print("not enough left: \(error)")
        case .expired, .revoked, .frozen: print("this grant is over: \(error)")
        default: throw error
        }
      }
      await purser.close()
      // end
      #expect(try daemon.ledger.node(node(1))?.settled == msat(12_500))
    }
  }

  @Test func `many calls share a connection, and each gets its own answer`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(100_000)))
    var bounds = ConnectionBounds()
    bounds.connections = 1
    try await daemon.serving(bounds: bounds) { _ in
      let client = DaemonClient(ClientSettings(path: daemon.agentsPath, token: token.text))
      let settled = try await withThrowingTaskGroup(of: (UInt64, UInt64).self) { group in
        for amount in UInt64(1)...50 {
          group.addTask {
            let reply = try await client.call(SpendCharge.self, .init(amountMsat: msat(amount)))
            return (amount, reply.settledMsat.value)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(settled.count == 50 && settled.allSatisfy { $0 == $1 })
      #expect(try daemon.counters(token).settled == 50 * 51 / 2)
      await client.close()
    }
  }

  @Test func `a refusal is a value with its reason`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let token = daemon.top(.spend(msat(5))).text
      let client = DaemonClient(ClientSettings(path: daemon.agentsPath, token: token))
      let error = await #expect(throws: ClientError.self) {
        try await client.call(SpendCharge.self, .init(amountMsat: msat(6)))
      }
      #expect(error?.reason == .budgetExceeded)
      guard case .refused(let refusal)? = error else { return }
      #expect(refusal.data["shortfall_msat"] == .integer(1))
      let other = DaemonClient(ClientSettings(path: daemon.agentsPath, token: "purser1_no"))
      let stranger = await #expect(throws: ClientError.self) {
        try await other.call(SystemInfo.self, NoParameters())
      }
      #expect(stranger?.reason == .unauthenticated)
    }
  }

  @Test func `a lost connection is opened again and nothing is done twice`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(100)))
    let client = DaemonClient(ClientSettings(path: daemon.agentsPath, token: token.text))
    try await daemon.serving { _ in
      _ = try await client.call(SpendCharge.self, .init(amountMsat: msat(10)))
    }
    // The daemon has ended the connection; another one serves the same socket.
    try await daemon.serving { _ in
      _ = try await client.call(SpendCharge.self, .init(amountMsat: msat(10)))
    }
    #expect(try daemon.counters(token).settled == 20)
    let error = await #expect(throws: ClientError.self) {
      try await client.call(SystemInfo.self, NoParameters())
    }
    guard case .unreachable? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `an answer that was lost is asked for again under the same key`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(100)))
    try await daemon.serving { _ in
      let proxy = try CuttingProxy(in: daemon.scratch, to: daemon.agentsPath, cuts: 3)
      // On a loaded machine each of the attempts may take long.
      let client = DaemonClient(ClientSettings(path: proxy.path, patience: .seconds(600)))
      let reply = try await client.call(
        SpendCharge.self, .init(amountMsat: msat(7)), options: CallOptions(token: token.text))
      #expect(reply.settledMsat == msat(7))
      // The daemon was asked four times, and charged once.
      #expect(proxy.requests == 4)
      await client.close()
    }
    #expect(try daemon.counters(token).settled == 7)
    #expect(try daemon.actions() == ["spend.charge"])
  }

  @Test func `an answer that takes too long is an error`() async throws {
    let daemon = try TestDaemon()
    let gate = Gate()
    daemon.wallet.pays { _ in
      await gate.pass()
      return .failed(reason: "no route")
    }
    let token = daemon.top(.spend(msat(5000)))
    try await daemon.serving { _ in
      let client = DaemonClient(
        ClientSettings(
          path: daemon.agentsPath, timeout: .milliseconds(200), patience: .zero))
      let error = await #expect(throws: ClientError.self) {
        try await client.call(
          CredentialRequest.self, .init(service: "data"),
          options: CallOptions(token: token.text))
      }
      guard case .interrupted? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      gate.open()
      await client.close()
    }
  }

  @Test func `a call that is cancelled waits no longer, and its late answer is nobody else's`()
    async throws
  {
    let daemon = try TestDaemon()
    let gate = Gate()
    daemon.wallet.pays { _ in
      await gate.pass()
      return .failed(reason: "no route")
    }
    try await daemon.serving { _ in
      let token = daemon.top(.spend(msat(5000))).text
      let client = DaemonClient(ClientSettings(path: daemon.agentsPath, token: token))
      let task = Task { try await client.call(CredentialRequest.self, .init(service: "data")) }
      await gate.waitForArrivals(1)
      task.cancel()
      await #expect(throws: ClientError.self) { try await task.value }
      gate.open()
      let info = try await client.call(SystemInfo.self, NoParameters())
      #expect(info.services.contains("data"))
      await client.close()
    }
  }

  @Test func `who is not served at all hears why`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving(operators: []) { _ in
      let client = DaemonClient(ClientSettings(path: daemon.operatorsPath, patience: .zero))
      let error = await #expect(throws: ClientError.self) {
        try await client.call(GrantTree.self, .init())
      }
      #expect(error?.reason == .forbidden)
    }
  }
}
