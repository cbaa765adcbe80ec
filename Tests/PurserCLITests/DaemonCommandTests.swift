import Foundation
import PurserAPI
import PurserCore
import Testing

@Suite struct DaemonCommandTests {
  private let scratch: ScratchDirectory
  private static let id = String(repeating: "1f", count: 16)
  private static let hold =
    #""result":{"hold":"\#(id)","settled_msat":400000,"released_msat":100000}"#

  init() throws { scratch = try ScratchDirectory() }

  private func run(
    _ arguments: [String], answering answers: [String?], token: String? = "t", input: String = ""
  ) throws -> (Program.Outcome, [[String: CanonicalJSON]]) {
    let daemon = try ScriptedDaemon(in: scratch, answering: answers)
    var environment = ["PURSER_SOCKET": daemon.path]
    environment["PURSER_TOKEN"] = token
    if token == nil { environment = ["PURSER_OPERATOR_SOCKET": daemon.path] }
    let done = try Program.run(arguments, input: Array(input.utf8), environment: environment)
    return (done, try daemon.parameters())
  }

  @Test func `a reply is printed as the wire has it, on one line`() throws {
    let (done, requests) = try run(
      ["spend", "settle", Self.id, "400sat", "--idempotency-key", "again"],
      answering: [Self.hold])
    #expect(
      done.output == #"{"hold":"\#(Self.id)","released_msat":100000,"settled_msat":400000}"# + "\n")
    #expect(done.status == 0 && done.error == "")
    #expect(
      requests == [
        [
          "hold": .string(Self.id), "amount_msat": .integer(400_000), "token": .string("t"),
          "idempotency_key": .string("again"),
        ]
      ])
  }

  @Test func `an operator's call carries no token, and a read carries no key`() throws {
    let (done, requests) = try run(
      ["vault", "list", "--service", "weather"], answering: [#""result":{"credentials":[]}"#],
      token: nil)
    #expect(done.output == "{\"credentials\":[]}\n")
    #expect(requests == [["service": .string("weather")]])
  }

  @Test func `pay sends the headers of standard input without their names`() throws {
    let (done, requests) = try run(
      ["pay", "--service", "weather", "--ttl", "5m"], answering: [nil],
      input: "WWW-Authenticate: L402 a\r\n\nLSAT b\n")
    #expect(done.status == 5)
    #expect(
      requests.first?["www_authenticate"] == .array([.string(" L402 a"), .string("LSAT b")]))
    #expect(requests.first?["ttl_s"] == .integer(300))
  }

  @Test(
    arguments: [
      (#"{"passes":true,"remaining_msat":5}"#, 0),
      (#"{"passes":false,"refusal":{"reason":"budget_exceeded","limit":"calls"}}"#, 3),
    ] as [(String, Int32)])
  func `a quote prints the answer, and its status says yes or no`(
    quote: String, status: Int32
  ) throws {
    let (done, requests) = try run(
      ["spend", "quote", "5sat"], answering: [#""result":\#(quote)"#])
    #expect(done.status == status && done.output.contains(#""passes""#))
    #expect(requests == [["amount_msat": .integer(5000), "token": .string("t")]])
    let price = """
      "result":{"service":"data","amount_msat":5,"fee_limit_msat":1,"payment_hash":"00",\
      "payee":"02","expires_at":1800000000,"quote":\(quote)}
      """
    let (asked, sent) = try run(
      ["quote", "data", "--challenge"], answering: [price], input: "www-authenticate: L402 a\n")
    #expect(asked.status == status)
    #expect(sent.first?["www_authenticate"] == .array([.string(" L402 a")]))
  }

  @Test func `a report says what is wrong, with a key of its own`() throws {
    let (done, requests) = try run(
      ["report", Self.id, "used_up"],
      answering: [#""result":{"credential":"\#(Self.id)","state":"retired"}"#])
    #expect(done.status == 0 && done.output.contains("retired"))
    #expect(requests.first?["problem"] == .string("used_up"))
    #expect(requests.first?["idempotency_key"] != nil)
    #expect(try run(["report", Self.id, "dull"], answering: []).0.status == 64)
  }

  @Test func `an agent reads its own events`() throws {
    let event = #"{"seq":7,"time_ms":1,"action":"spend.charge","by":"agent"}"#
    let (done, requests) = try run(
      ["audit", "mine", "--after", "6"], answering: [#""result":{"events":[\#(event)]}"#])
    #expect(done.status == 0 && done.output.contains("spend.charge"))
    #expect(requests == [["after": .integer(6), "token": .string("t")]])
  }

  @Test func `import sends the credential without the header's name`() throws {
    for input in ["Authorization: L402 a:b\r\n", "  L402 a:b"] {
      let (done, requests) = try run(
        ["vault", "import", "weather"], answering: [Self.error("storage")], token: nil,
        input: input)
      #expect(done.status == 1)
      var request = requests.first
      // A key of its own, so that it can be repeated.
      #expect(request?.removeValue(forKey: "idempotency_key") != nil)
      #expect(
        request == ["service": .string("weather"), "authorization": .string("L402 a:b")])
    }
  }

  @Test func `header prints the value alone, and its errors on standard error alone`() throws {
    let reply = """
      "result":{"credential":"\(Self.id)","service":"weather","scheme":"L402","token":"AA==",\
      "preimage":"00","authorization":"L402 AA==:00","cost_msat":5,"restrictions":[],"bare":false}
      """
    let (done, _) = try run(["credential", "weather", "--header"], answering: [reply])
    #expect(done == Program.Outcome(output: "L402 AA==:00\n", error: "", status: 0))
    let (refused, _) = try run(
      ["credential", "weather", "--header"], answering: [Self.error("frozen")])
    #expect(refused.output == "" && refused.status == 3)
  }

  private static func error(_ reason: String, _ data: String = "") -> String {
    #""error":{"code":-32000,"message":"no: \#(reason)","data":{"reason":"\#(reason)"\#(data)}}"#
  }

  @Test(arguments: [
    ("budget_exceeded", 3), ("unauthenticated", 4), ("overloaded", 6), ("payment_failed", 7),
    ("not_found", 1),
  ])
  func `a refusal is a line for people and an object for programs`(
    reason: String, status: Int32
  ) throws {
    let (done, _) = try run(
      ["spend", "release", Self.id, "--idempotency-key", "k"], answering: [Self.error(reason)])
    #expect(done.status == status)
    #expect(done.error.hasPrefix("purser: error: no: \(reason)\n"))
    struct Report: Decodable {
      struct Body: Decodable {
        let code: Int
        let reason: String
        let message: String
        let idempotencyKey: String?

        enum CodingKeys: String, CodingKey {
          case code, reason, message
          case idempotencyKey = "idempotency_key"
        }
      }
      let error: Body
    }
    let report = try WireJSON.decode(Report.self, from: Array(done.output.utf8)).error
    #expect(report.code == -32000 && report.reason == reason)
    #expect(report.message == "no: \(reason)")
    #expect(report.idempotencyKey == (status == 6 ? "k" : nil))
  }

  @Test func `a pending payment says when and how to repeat the command`() throws {
    let (done, requests) = try run(
      ["credential", "weather"],
      answering: [Self.error("payment_pending", #","retry_after_ms":250"#)])
    #expect(done.status == 6)
    guard case .string(let key)? = requests.first?["idempotency_key"] else {
      Issue.record("no key was sent")
      return
    }
    #expect(
      done.error.hasSuffix(
        "hint: in 250 ms, repeat the same command with --idempotency-key \(key)\n"))
    #expect(done.output.contains(#""idempotency_key":"\#(key)""#))
  }

  @Test func `a connection that breaks says how to repeat the command`() throws {
    let (done, requests) = try run(["spend", "reserve", "5sat"], answering: [nil])
    #expect(done.status == 5)
    guard case .string(let key)? = requests.first?["idempotency_key"] else {
      Issue.record("no key was sent")
      return
    }
    #expect(done.error.contains("repeat the same command with --idempotency-key \(key)"))
    #expect(done.output.contains(#""reason":"interrupted""#))
  }

  @Test func `a verdict that does not hold is printed, with status 1`() throws {
    let (done, _) = try run(
      ["ledger", "verify"],
      answering: [#""result":{"ok":false,"nodes":2,"holds":1,"faults":["node 1: 5 is not 6"]}"#],
      token: nil)
    #expect(done.status == 1)
    #expect(
      done.output == #"{"faults":["node 1: 5 is not 6"],"holds":1,"nodes":2,"ok":false}"# + "\n")
    #expect(done.error.hasPrefix("purser: error: the ledger does not add up\nhint: "))
  }

  @Test func `an answer of another version is an error that says so`() throws {
    let (done, _) = try run(["spend", "release", Self.id], answering: [#""result":{"x":1}"#])
    #expect(done.status == 1)
    #expect(done.error.contains("compare `purser --version`"))
  }

  @Test func `a shortened id is looked up first`() throws {
    let tree = """
      "result":{"truncated":false,"grants":[{"node":"\(Self.id)","state":"active",\
      "settled_msat":0,"held_msat":0,"descendants":0,\
      "windows":[],"escrow":false,"escrowed_msat":0}]}
      """
    let stopped = """
      "result":{"node":"\(Self.id)","truncated":false,"outstanding":[\
      {"credential":"\(Self.id)","service":"data","copies":2,"valid_until":1800000000}]}
      """
    let (done, requests) = try run(
      ["grant", "freeze", "1f1f1f1f"], answering: [tree, stopped], token: nil)
    #expect(done.status == 0)
    #expect(done.output.contains(#""copies":2"#))
    #expect(requests.last?["node"] == .string(Self.id))
  }

  @Test func `without a daemon the status is 5 and the hint tells how to start one`() throws {
    for arguments in [["status"], ["ledger", "verify"], ["grant", "tree"]] {
      let done = try Program.run(arguments + ["--socket", "\(scratch.path)/none.sock"])
      #expect(done.status == 5)
      #expect(
        done.error.hasPrefix(
          "purser: error: no daemon answers on \(scratch.path)/none.sock: No such file"))
      #expect(done.error.contains("\nhint: is purserd running? start it with: purserd --config …"))
      #expect(done.output.contains(#""reason":"unreachable""#))
    }
    let long = "/" + String(repeating: "s", count: 200)
    #expect(try Program.run(["status", "--socket", long]).status == 5)
  }

  @Test func `an agent's command without a token is told so before anything is sent`() throws {
    for arguments in [["spend", "reserve", "5sat"], ["credential", "weather"]] {
      let done = try Program.run(arguments + ["--socket", "\(scratch.path)/none.sock"])
      #expect(done.status == 4)
      #expect(done.error.contains("hint: set PURSER_TOKEN, or give --token-file"))
      #expect(done.output.contains(#""reason":"unauthenticated""#))
    }
  }

  @Test func `an empty token does not make its holder an operator`() throws {
    let (done, requests) = try run(["grant", "tree"], answering: [], token: "")
    #expect(done.status == 4 && requests.isEmpty)
    #expect(done.error.hasPrefix("purser: error: PURSER_TOKEN is set but empty\nhint: "))
  }

  @Test(arguments: [
    ["spend", "reserve", "5"], ["spend", "reserve", "0sat"], ["spend", "settle", "12", "5sat"],
    ["grant", "freeze"], ["grant", "freeze", "123"], ["audit", "list", "--limit", "0"],
    ["credential", "a b"], ["credential", "weather", "--header", "--json"],
    ["pay", "--service", "weather", "--token-file", "-"], ["vault", "remove", "12345678"],
    ["spend", "release", id, "--idempotency-key", ""], ["status", "--socket", ""],
    ["grant", "show"], ["nothing"],
    ["grant", "revoke", "--target-file", "-", "--token-file", "-"],
  ])
  func `wrong usage has status 64 and prints nothing but the error`(
    arguments: [String]
  ) throws {
    let token = arguments == ["grant", "show"] ? nil : "t"
    let (done, _) = try run(arguments, answering: [], token: token)
    #expect(done.status == 64 && done.output == "")
    #expect(done.error.hasPrefix("purser: error: "))
  }
}
