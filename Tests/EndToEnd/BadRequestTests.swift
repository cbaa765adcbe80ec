import Foundation
import LibCrypto
import Macaroons
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  /// Requests and tokens that cost their sender one error, and nobody else anything.
  @Suite struct BadRequestTests {
    @Test func `a bad line gets its error, and everybody else is served meanwhile`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let grant = try installation.grant(.init("worker", spend: 1000))
        let other = try installation.agent(grant.token)
        let bad = try PurserConnection(path: installation.agentSocket)
        for (line, code) in [
          ("nonsense", -32700), ("{\"jsonrpc\":\"2.0\",\"id\":1", -32700), ("\u{1}", -32700),
          ("{}", -32600), ("[]", -32600), ("7", -32600),
          ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"system.info\"}", -32600),
          ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"vault.list\"}", -32601),
          ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"spend.settle\",\"params\":[1]}", -32602),
          ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"grant.get\",\"params\":{\"x\":1}}", -32602),
        ] {
          try bad.send(Array(line.utf8))
          let answer = try bad.receiveLine()
          let text = String(decoding: answer, as: UTF8.self)
          try check(text.contains("\"code\":\(code)"), "\(line): \(text)")
        }
        // Longer than a line may be: one error, then the connection is closed.
        try? bad.send([UInt8](repeating: UInt8(ascii: "a"), count: 2 << 20))
        let last = try bad.receiveLine()
        try check(
          String(decoding: last, as: UTF8.self).contains("-32700"), "an over-long line")
        let view = try other.call(GrantGet.self, GrantGet.Parameters())
        try check(view.node == grant.node, "the others are served")
      }
    }

    @Test func `a token that is not exactly what was given is refused, and says why`() async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let grant = try installation.grant(.init("worker", spend: 1000))
        let token = try GrantToken(parsing: grant.token)
        var flipped = try token.macaroon.serialized(.v2)
        flipped[flipped.count - 1] ^= 1
        let otherKey = try require(
          Keyring(keys: [1: randomBytes(32)], currentKeyID: 1), "a keyring")
        let foreign = try GrantToken.mint(
          grantID: grant.node, caveats: [.spend(.max)], keyring: otherKey)
        let unknown = GrantToken(try token.macaroon.attenuated(with: "color=red"))
        let unreadable = GrantToken(try token.macaroon.attenuated(with: "calls=5"))
        for (name, text, cause) in [
          ("cut", String(grant.token.dropLast(3)), "malformed"),
          ("empty", "", "malformed"),
          ("no prefix", String(grant.token.dropFirst(8)), "malformed"),
          (
            "flipped", GrantToken.prefix + Base64.encode(flipped, .urlUnpadded), "bad_signature"
          ),
          ("another key", foreign.text, "bad_signature"),
          ("an unknown caveat", unknown.text, "caveat"),
          ("a caveat that cannot be read", unreadable.text, "caveat"),
        ] {
          let error = try require(
            try BadChallengeTests.refusal {
              _ = try installation.agent(text).call(
                SpendReserve.self,
                SpendReserve.Parameters(amountMsat: try require(Msat(1), "an amount")))
            }, "\(name) was accepted")
          try check(error.reason == "unauthenticated", "\(name): \(error.reason)")
          try check(error.data["cause"] == .string(cause), "\(name): \(error.data)")
          try check(!error.message.contains(text) || text.isEmpty, "\(name): it is repeated")
        }
        try Books(installation).verify()
      }
    }
  }
}
