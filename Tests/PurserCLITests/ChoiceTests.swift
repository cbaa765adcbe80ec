import ArgumentParser
import PurserAPI
import PurserCore
import Testing

@testable import purser

@Suite struct ChoiceTests {
  private func path(
    _ choice: SocketChoice, given: String? = nil, _ environment: [String: String] = [:],
    isRoot: Bool = false
  ) throws -> String {
    try choice.path(given: given, environment: environment, isRoot: isRoot)
  }

  @Test func `the option wins over the variable and the variable over the default`() throws {
    let all = [
      "PURSER_SOCKET": "/a", "PURSER_OPERATOR_SOCKET": "/o", "XDG_RUNTIME_DIR": "/run/user/7",
    ]
    #expect(try path(.agents, given: "/g", all) == "/g")
    #expect(try path(.agents, all) == "/a")
    #expect(try path(.operators, all) == "/o")
    let runtime = ["XDG_RUNTIME_DIR": "/run/user/7", "PURSER_SOCKET": ""]
    #expect(try path(.agents, runtime) == "/run/user/7/purser/agents/purser.sock")
    #expect(try path(.operators, runtime) == "/run/user/7/purser/operators/operator.sock")
    #expect(try path(.operators, isRoot: true) == "/run/purser/operators/operator.sock")
  }

  @Test func `one socket's variable does not stand in for the other's`() throws {
    #expect(throws: CommandFailure.self) { try path(.operators, ["PURSER_SOCKET": "/a"]) }
    #expect(throws: CommandFailure.self) { try path(.agents, ["PURSER_OPERATOR_SOCKET": "/o"]) }
    #expect(throws: CommandFailure.self) { try path(.agents, ["XDG_RUNTIME_DIR": "relative"]) }
  }

  @Test func `amounts, durations and names are read as they are written everywhere`() throws {
    #expect(try ArgumentText.amount("500sat").value == 500_000)
    #expect(try ArgumentText.amount("0msat") == .zero)
    #expect(try ArgumentText.duration("1h30m") == 5400)
    let capability = try ServiceCapability(parsing: "weather:forecast")
    #expect(capability.service == "weather" && capability.capability == "forecast")
    for text in ["500", "-1sat", "1.5msat", "", "9007199254741sat"] {
      #expect(throws: ValidationError.self) { try ArgumentText.amount(text) }
    }
    #expect(throws: ValidationError.self) { try ArgumentText.positiveAmount("0sat") }
    for text in ["90", "0s", "1m1h", "3651d", "1.5h", ""] {
      #expect(throws: ValidationError.self) { try ArgumentText.duration(text) }
    }
    for text in ["weather", "weather:", ":forecast", "a:b:c", "a b:c", ""] {
      #expect(throws: ValidationError.self) { try ServiceCapability(parsing: text) }
    }
  }

  @Test(arguments: [
    ("budget_exceeded", 3), ("forbidden", 3), ("expired", 3), ("revoked", 3), ("frozen", 3),
    ("approval_required", 3), ("unauthenticated", 4), ("overloaded", 6), ("payment_pending", 6),
    ("payment_failed", 7), ("upstream", 7), ("not_found", 1), ("conflict", 1), ("storage", 1),
    ("invalid_params", 1), ("a word of tomorrow", 1),
  ])
  func `each of the daemon's reasons has its exit status`(reason: String, status: Int32) {
    #expect(ExitStatus(reason: reason).rawValue == status)
    let error = RPCError(
      RPCErrorReason(rawValue: reason) ?? .conflict, "no\u{1b}[1m\nsecond line")
    #expect(CommandFailure(error, idempotencyKey: "k").message == "no[1msecond line")
  }
}
