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

@Suite struct SocketTests {
  private static func info(_ id: Int) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"system.info"}"# + "\n"
  }

  @Test func `the client calls both sockets`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let (agents, operators) = (daemon.agentsPath, daemon.operatorsPath)
      let token = daemon.top(.spend(msat(100))).text
      try await blocking {
        let connection = try PurserConnection(path: agents)
        let options = CallOptions(token: token)
        let hold = try connection.call(
          SpendReserve.self, .init(amountMsat: msat(60)), options: options)
        #expect(throws: ClientError.self) {
          try connection.call(SpendReserve.self, .init(amountMsat: msat(60)), options: options)
        }
        _ = try connection.call(SpendRelease.self, .init(hold: hold.hold), options: options)
        let tree = try PurserConnection(path: operators).call(GrantTree.self, .init())
        #expect(tree.grants.count == 1)
      }
      // The kernel says who it was.
      let event = try daemon.ledger.events(after: 0, limit: 1, under: nil).first
      #expect(event?.text.contains("\"pid\":\(getpid()),") == true)
    }
    for path in [daemon.agentsPath, daemon.operatorsPath] {
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `the sockets and their directories are for their user alone`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      for path in [daemon.agentsPath, daemon.operatorsPath] {
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        #expect(lstat(directory, &status) == 0 && status.st_mode & 0o777 == 0o700)
      }
    }
  }

  @Test func `lines may come in pieces, together, and with carriage returns`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let answers = try await blocking {
        let client = try RawClient(path)
        for byte in Self.info(1).utf8 { client.send([byte]) }
        let first = client.lines(1)
        client.send("\n \r\n" + Self.info(2) + Self.info(3).dropLast() + "\r\n" + Self.info(4))
        return first + client.lines(3)
      }
      let expected = (1...4).map { #"{"id":\#($0),"# }
      #expect(answers.map { String($0.prefix(8)) }.sorted() == expected)
    }
  }

  @Test func `a line of a mebibyte is read, and a longer one ends the connection`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let request = Self.info(1).dropLast()
      let longest = request + String(repeating: " ", count: (1 << 20) - request.utf8.count)
      #expect(longest.utf8.count == 1 << 20)
      let answers = try await blocking {
        let client = try RawClient(path)
        client.send(longest + "\n")
        let first = client.lines(1)
        client.send(longest + " \n" + Self.info(2))
        return first + client.lines()
      }
      #expect(answers.count == 2)
      #expect(answers.first?.hasPrefix(#"{"id":1,"#) == true)
      #expect(answers.last?.contains("-32700") == true)
      let endless = try await blocking {
        let client = try RawClient(path)
        var isOpen = true
        for _ in 0..<64 where isOpen { isOpen = client.send([UInt8](repeating: 97, count: 65_536)) }
        return (isOpen, client.lines())
      }
      #expect(endless.1.count == 1)
      #expect(endless.1.first?.contains("-32700") == true)
    }
  }

  @Test func `many tiny lines cost no more than their bytes`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let answers = try await blocking {
        let client = try RawClient(path)
        client.send([UInt8](repeating: UInt8(ascii: "\n"), count: 1 << 18))
        client.send(Self.info(1))
        return client.lines(1)
      }
      #expect(answers.count == 1)
    }
  }

  @Test func `a broken line spoils no other`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let answers = try await blocking {
        let client = try RawClient(path)
        client.send([0xff, 0x00, 0x80, 0x0a])
        client.send("nonsense\n" + Self.info(1))
        return client.lines(3)
      }
      #expect(answers.filter { $0.contains(#""code":-32700"#) }.count == 2)
      #expect(answers.contains { $0.hasPrefix(#"{"id":1,"#) })
    }
  }

  @Test func `who has sent everything still gets the answers`() async throws {
    let daemon = try TestDaemon()
    let gate = Gate()
    daemon.wallet.pays { _ in
      await gate.pass()
      return .failed(reason: "no route")
    }
    let token = daemon.top().text
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let client = try RawClient(path)
      client.send(
        Self.info(1) + #"{"jsonrpc":"2.0","id":2,"method":"credential.request","#
          + #""params":{"service":"data","token":"\#(token)"}}"# + "\n{\"cut")
      client.endSending()
      await gate.waitForArrivals(1)
      gate.open()
      let answers = try await blocking { client.lines() }
      #expect(answers.count == 3)
      #expect(answers.contains { $0.contains("payment_failed") })
      #expect(answers.contains { $0.contains("no line feed") })
    }
  }

  @Test func `a slow reader holds up its own requests and loses no answer`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let counts = try await blocking {
        let client = try RawClient(path)
        var bytes: [UInt8] = []
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: 500)
        for id in 0..<4000 { bytes += padding + Self.info(id).utf8 }
        var sent = 0
        var refusals = 0
        // Nothing is read until the daemon has stopped reading.
        while sent < bytes.count, refusals < 200 {
          let count = client.sendWithoutWaiting(bytes[sent...])
          sent += count
          refusals = count == 0 ? refusals + 1 : 0
          if count == 0 { usleep(1000) }
        }
        let wasHeldUp = sent < bytes.count
        let rest = bytes[sent...]
        DispatchQueue.global().async { client.send(Array(rest)) }
        return (wasHeldUp, client.lines(4000))
      }
      #expect(counts.0)
      let ids = counts.1.compactMap { line in
        line.range(of: #""id":[0-9]+,"#, options: .regularExpression).map { String(line[$0]) }
      }
      #expect(Set(ids).count == 4000)
    }
  }

  @Test func `over the bound in flight a request is answered as overloaded, by its id`()
    async throws
  {
    let daemon = try TestDaemon()
    let gate = Gate()
    daemon.wallet.pays { _ in
      await gate.pass()
      return .failed(reason: "no route")
    }
    let token = daemon.top().text
    let request = { (id: String) in
      #"{"jsonrpc":"2.0","id":"\#(id)","method":"credential.request","params":{"service":"data","#
        + #""token":"\#(token)"}}"#
    }
    try await daemon.serving(bounds: ConnectionBounds(requestsInFlight: 2)) { _ in
      let client = try RawClient(daemon.agentsPath)
      client.send(request("a") + "\n" + request("b") + "\n")
      await gate.waitForArrivals(1)
      client.send(
        request("c") + "\n[" + request("d") + "," + request("e") + "]\n"
          + #"{"jsonrpc":"2.0","method":"system.info"}"# + "\n" + "nonsense\n")
      let refused = try await blocking { client.lines(3) }
      #expect(refused.allSatisfy { $0.contains(#""reason":"overloaded""#) })
      #expect(refused.map { $0.contains(#""id":"c""#) } == [true, false, false])
      #expect(refused[1].contains(#""id":"d""#) && refused[1].contains(#""id":"e""#))
      #expect(refused[2].contains(#""id":null"#))
      gate.open()
      let rest = try await blocking { client.lines(2) }
      #expect(rest.allSatisfy { $0.contains("payment_failed") })
    }
  }

  @Test func `over the bound of connections the answer says so, and operators get in`()
    async throws
  {
    let daemon = try TestDaemon()
    for bounds in [
      ConnectionBounds(connections: 2), ConnectionBounds(connectionsOfProcess: 2),
    ] {
      try await daemon.serving(bounds: bounds) { _ in
        let (agents, operators) = (daemon.agentsPath, daemon.operatorsPath)
        try await blocking {
          let served = try (0..<2).map { _ in try RawClient(agents) }
          for client in served {
            client.send(Self.info(1))
            #expect(client.lines(1).count == 1)
          }
          let third = try RawClient(agents).lines()
          #expect(third.first?.contains(#""reason":"overloaded""#) == true)
          _ = try PurserConnection(path: operators).call(SystemInfo.self, NoParameters())
          // A place that was given back is free again.
          served[0].disconnect()
          var answered = false
          for _ in 0..<1000 where !answered {
            let client = try RawClient(agents)
            client.send(Self.info(2))
            answered = client.lines(1).first?.contains("result") == true
          }
          #expect(answered)
        }
      }
    }
  }

  @Test func `a user who is no operator is told so`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving(operators: []) { _ in
      let path = daemon.operatorsPath
      let reason = try await blocking { () -> String? in
        do throws(ClientError) {
          let connection = try PurserConnection(path: path)
          // Whichever of the two is first: the daemon's close or the client's request.
          _ = try connection.call(SystemInfo.self, NoParameters())
        } catch {
          if case .refused(let error) = error { return error.reason }
        }
        return nil
      }
      #expect(reason == "forbidden")
    }
  }

  @Test func `a connection that was interrupted gives no late answer to the next call`()
    async throws
  {
    let daemon = try TestDaemon()
    let gate = Gate()
    daemon.wallet.pays { _ in
      await gate.pass()
      return .failed(reason: "no route")
    }
    let token = daemon.top().text
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      try await blocking {
        let connection = try PurserConnection(path: path, timeoutSeconds: 1)
        #expect(throws: ClientError.self) {
          try connection.call(
            CredentialRequest.self, .init(service: "data"), options: CallOptions(token: token))
        }
        gate.open()
        do throws(ClientError) {
          _ = try connection.call(SystemInfo.self, NoParameters())
          Issue.record("it had an answer")
        } catch {
          guard case .interrupted = error else {
            Issue.record("\(error)")
            return
          }
        }
      }
    }
  }
}
