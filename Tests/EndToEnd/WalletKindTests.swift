import Foundation
import Glibc
import Macaroons
import PurserAPI
import PurserClient
import PurserCore
import Testing

/// The built daemon with each kind of real wallet, against a server that gives canned answers.
@Suite struct WalletKindTests {
  private static func json(_ text: String) -> [UInt8] {
    let head =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
      + "Content-Length: \(text.utf8.count)\r\n\r\n"
    return Array((head + text).utf8)
  }

  private static func writeSecret(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
    try check(chmod(path, 0o600) == 0, "chmod failed")
  }

  /// Puts `wallet` in the place of the simulated one.
  private static func configure(_ installation: Installation, wallet: String) throws {
    try installation.changeConfiguration { text in
      let start = text.range(of: "\nwallet:")?.lowerBound ?? text.endIndex
      let end = text.range(of: "\n# The least severe")?.lowerBound ?? text.endIndex
      return String(text[..<start]) + "\nwallet: " + wallet + "\n" + String(text[end...])
    }
  }

  private static func examine(_ installation: Installation) throws -> WalletExamine.Reply {
    try installation.operatorConnection().call(WalletExamine.self, NoParameters())
  }

  @Test func `lnd is reached with its macaroon, and examined`() async throws {
    let reply = try await Installation.use { installation in
      let node = try CannedSeller([
        "/v1/getinfo": Self.json(#"{"version":"0.19.2-beta commit=x","alias":"node"}"#),
        "/v1/balance/channels": Self.json(#"{"local_balance":{"sat":"1","msat":"1000"}}"#),
      ])
      defer { node.close() }
      // The operation offchain:write, as lnd writes it: version 3, then MacaroonId.
      let identifier: [UInt8] =
        [3, 26, 17, 10, 8] + Array("offchain".utf8) + [18, 5] + Array("write".utf8)
      let macaroon = try Macaroon(rootKey: [1], identifier: identifier)
      let file = installation.directory + "/m"
      try Self.writeSecret(try macaroon.serialized(.v2), to: file)
      try Self.configure(
        installation, wallet: "{kind: lnd, url: '\(node.origin)', macaroon_file: \(file)}")
      _ = try installation.startDaemon()
      return try Self.examine(installation)
    }
    #expect(reply.kind == "lnd" && reply.name == "node" && reply.software == "lnd 0.19.2-beta")
    #expect(reply.allowed == ["pay"] && reply.excess == ["offchain:write"])
    #expect(reply.refused == ["look_up", "list", "receive", "balance"])
    #expect(reply.feeReserveMsat == .zero)
  }

  @Test func `phoenixd is reached with its password, and examined`() async throws {
    let reply = try await Installation.use { installation in
      let refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
      let server = try CannedSeller([
        "/getinfo": Self.json(#"{"nodeId":"02ab","channels":[],"version":"0.7.1"}"#),
        "/getbalance": Self.json(#"{"balanceSat":5,"feeCreditSat":0}"#),
        "/payinvoice": Array(refusal.utf8),
      ])
      defer { server.close() }
      let file = installation.directory + "/p"
      try Self.writeSecret(Array("secret\n".utf8), to: file)
      try Self.configure(
        installation, wallet: "{kind: phoenixd, url: '\(server.origin)', password_file: \(file)}")
      _ = try installation.startDaemon()
      return try Self.examine(installation)
    }
    #expect(reply.kind == "phoenixd" && reply.refused.isEmpty && reply.allowed.contains("pay"))
    #expect(reply.feeReserveMsat.value == 8000)
  }

  @Test func `a node that is down keeps the daemon from nothing but paying`() async throws {
    let reason = try await Installation.use { installation -> String? in
      try Self.configure(
        installation, wallet: "{kind: core_lightning, socket: \(installation.directory)/none}")
      _ = try installation.startDaemon()
      _ = try installation.grant(GrantCreate.Parameters("a", spend: 1000))
      do {
        _ = try Self.examine(installation)
        return nil
      } catch ClientError.refused(let refusal) { return refusal.reason }
    }
    #expect(reason == "upstream")
  }

  @Test func `a file that is no macaroon stops the start with what to do`() async throws {
    let log = try await Installation.use { installation in
      let file = installation.directory + "/m"
      try Self.writeSecret(Array("hello".utf8), to: file)
      try Self.configure(
        installation, wallet: "{kind: lnd, url: 'http://127.0.0.1:1', macaroon_file: \(file)}")
      let daemon = try installation.spawnDaemon()
      _ = try daemon.waitForExit()
      return installation.daemonLog
    }
    #expect(log.contains("lncli bakemacaroon"))
  }
}
