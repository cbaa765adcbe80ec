import Foundation
import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct WireTests {
  private static let info = #"{"jsonrpc":"2.0","id":1,"method":"system.info"}"#

  @Test(arguments: [
    "", "{", "nonsense", #"{"jsonrpc":"2.0","id":1,"method":"system.info""#, "[1,", "\u{feff}x",
    #"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#,
  ])
  func `what is not JSON is a parse error with a null id`(line: String) async throws {
    let answer = try await #require(TestDaemon().line(line))
    #expect(answer.contains(#""code":-32700"#))
    #expect(answer.contains(#""id":null"#))
  }

  @Test(arguments: [
    ("1", "null"), ("null", "null"), (#""text""#, "null"), ("true", "null"), ("{}", "null"),
    (#"{"jsonrpc":"1.0","id":7,"method":"system.info"}"#, "7"),
    (#"{"id":"a","method":"system.info"}"#, #""a""#),
    (#"{"jsonrpc":"2.0","id":7}"#, "7"), (#"{"jsonrpc":"2.0","id":7,"method":1}"#, "7"),
    (#"{"jsonrpc":"2.0","method":1,"params":"bar"}"#, "null"),
    (#"{"jsonrpc":"2.0","id":{},"method":"system.info"}"#, "null"),
    (#"{"jsonrpc":"2.0","id":true,"method":"system.info"}"#, "null"),
    (#"{"jsonrpc":"2.0","id":1.5,"method":"system.info"}"#, "null"),
    (#"{"jsonrpc":"2.0","id":1e999,"method":"system.info"}"#, "null"),
    (#"{"jsonrpc":"2.0","id":18446744073709551616,"method":"system.info"}"#, "null"),
    (#"{"jsonrpc":"2.0","id":7,"method":"system.info","params":"bar"}"#, "7"),
    (#"{"jsonrpc":"2.0","id":7,"method":"system.info","params":null}"#, "7"),
  ])
  func `JSON that is no request is an invalid request`(line: String, id: String) async throws {
    let answer = try await #require(TestDaemon().line(line))
    #expect(answer.contains(#""code":-32600"#))
    #expect(answer.contains(#""id":\#(id),"#))
  }

  @Test(arguments: [
    ("0", "0"), ("-3", "-3"), ("9223372036854775807", "9223372036854775807"),
    (#""""#, #""""#), (#""é\n/""#, #""é\n/""#), ("null", "null"),
  ])
  func `an id is echoed`(id: String, echoed: String) async throws {
    let answer = try await #require(
      TestDaemon().line(#"{"jsonrpc":"2.0","id":\#(id),"method":"system.info"}"#))
    #expect(answer.hasPrefix(#"{"id":\#(echoed),"jsonrpc":"2.0","result":{"#))
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","method":"system.info"}"#, #"{"jsonrpc":"2.0","method":"nonsense"}"#,
    #"{"jsonrpc":"2.0","method":"spend.reserve","params":{"amount_msat":1}}"#,
    #"{"jsonrpc":"2.0","method":"spend.reserve","params":{"amount_msat":"x"}}"#,
    #"{"jsonrpc":"2.0","method":"spend.reserve","params":[1]}"#,
    #"{"jsonrpc":"2.0","method":"spend.reserve","params":{"nonsense":1}}"#,
    #"[{"jsonrpc":"2.0","method":"system.info"},{"jsonrpc":"2.0","method":"nonsense"}]"#,
  ])
  func `a notification gets no answer whatever becomes of it`(line: String) async throws {
    #expect(try await TestDaemon().line(line) == nil)
  }

  @Test func `a notification is carried out`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(100)))
    let line =
      #"{"jsonrpc":"2.0","method":"spend.reserve","params":{"amount_msat":60,"#
      + #""token":"\#(token.text)"}}"#
    #expect(await daemon.line(line) == nil)
    #expect(try daemon.counters(token).held == 60)
  }

  @Test func `a batch is answered with a batch`() async throws {
    let answer = try await #require(
      TestDaemon().line(#"[\#(Self.info),1,{"jsonrpc":"2.0","method":"system.info"},null,[]]"#))
    #expect(answer.hasPrefix("["))
    #expect(answer.hasSuffix("]"))
    #expect(answer.components(separatedBy: #""jsonrpc":"2.0""#).count - 1 == 4)
    #expect(answer.components(separatedBy: #""code":-32600"#).count - 1 == 3)
    #expect(answer.components(separatedBy: #""result""#).count - 1 == 1)
  }

  @Test func `an empty batch and one of more than 100 are one invalid request`() async throws {
    let daemon = try TestDaemon()
    for count in [0, 101, 300_000] {
      let batch = "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]"
      let answer = try #require(await daemon.line(batch))
      #expect(answer.contains(#""code":-32600"#))
      #expect(answer.hasPrefix("{"))
    }
    let full = "[" + Array(repeating: Self.info, count: 100).joined(separator: ",") + "]"
    let answer = try #require(await daemon.line(full))
    #expect(answer.components(separatedBy: #""result""#).count - 1 == 100)
  }

  @Test(arguments: [
    (#"[5]"#, "by name"), (#"[]"#, "by name"),
    (#"{"amount_msat":1,"amount":1}"#, "no parameter 'amount'"),
    (#"{}"#, "params.amount_msat is missing"), (#"{"amount_msat":"1"}"#, "params.amount_msat"),
    (#"{"amount_msat":-1}"#, "params.amount_msat"), (#"{"amount_msat":1.5}"#, "params.amount_msat"),
    (#"{"amount_msat":9007199254740992}"#, "params.amount_msat"),
    (#"{"amount_msat":1e999}"#, "params.amount_msat"), (#"{"amount_msat":null}"#, "amount_msat"),
    (#"{"amount_msat":1,"ttl_s":true}"#, "params.ttl_s"),
    (#"{"amount_msat":1,"token":5}"#, "params.token"),
    (#"{"amount_msat":1,"idempotency_key":""}"#, "idempotency_key"),
    (#"{"amount_msat":1,"idempotency_key":{}}"#, "params.idempotency_key"),
  ])
  func `wrong parameters are named`(parameters: String, place: String) async throws {
    let answer = try await #require(
      TestDaemon().line(
        #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":\#(parameters)}"#))
    #expect(answer.contains(#""code":-32602"#))
    #expect(answer.contains(place), "\(answer)")
  }

  @Test func `a wrong parameter inside a list is named with its place`() async throws {
    let answer = try await #require(
      TestDaemon().line(
        #"[{"jsonrpc":"2.0","id":1,"method":"grant.create","params":{"services":["a",1]}}]"#))
    #expect(answer.contains("params.services.[1]"), "\(answer)")
  }

  @Test func `an error repeats no value from the message`() async throws {
    let digits = String(repeating: "7", count: 400_000)
    let answer = try await #require(
      TestDaemon().line(
        #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":\#(digits)}}"#))
    #expect(answer.contains(#""code":-32602"#))
    #expect(answer.utf8.count < 400)
    #expect(!answer.contains("777"))
  }

  @Test func `a member that is there twice is refused`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(100)))
    for line in [
      #"{"jsonrpc":"2.0","id":1,"id":2,"method":"system.info"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"system.info","params":{},"params":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":1,"#
        + #""amount_msat":2,"token":"\#(token.text)"}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":1,"#
        + #""amount_ms\u0061t":2,"token":"\#(token.text)"}}"#,
    ] {
      let answer = try #require(await daemon.line(line))
      #expect(answer.contains("\"error\""), "\(answer)")
    }
    #expect(try daemon.counters(token).held == 0)
  }

  @Test(arguments: ["[", "{\"a\":", "[[],", "{\"a\":[]"])
  func `deep and broken nesting is refused`(opening: String) async throws {
    let line = String(repeating: opening, count: 200_000)
    let answer = try await #require(TestDaemon().line(line))
    #expect(answer.contains(#""code":-32700"#))
    let balanced = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(try await TestDaemon().line(balanced)?.contains("error") == true)
    let inside = #"{"jsonrpc":"2.0","id":1,"method":"system.info","params":\#(balanced)}"#
    #expect(try await TestDaemon().line(inside)?.contains("error") == true)
  }

  @Test func `no mutation of a request traps`() async throws {
    let daemon = try TestDaemon()
    var random = SeededGenerator(seed: 4)
    let original = Array(
      #"[{"jsonrpc":"2.0","id":"x","method":"grant.create","params":{"services":["data"]}}]"#.utf8)
    for _ in 0..<2000 {
      var line = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        line[Int.random(in: line.indices, using: &random)] = random.bytes(1)[0]
      }
      let answer = await daemon.handler.answer(line, in: daemon.agents)
      #expect(answer?.isEmpty != true)
    }
  }

  @Test func `operators' methods are not on the agents' socket`() async throws {
    let daemon = try TestDaemon()
    for method in [
      "vault.export", "vault.import", "vault.list", "vault.remove", "wallet.info",
      "wallet.invoice", "wallet.examine", "audit.list", "audit.checkpoint", "audit.verify",
      "ledger.verify",
    ] {
      let line = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)"}"#
      let agents = try #require(await daemon.line(line))
      #expect(agents.contains(#""code":-32601"#))
      let operators = try #require(await daemon.line(line, in: daemon.operators))
      #expect(!operators.contains(#""code":-32601"#))
    }
  }
}
