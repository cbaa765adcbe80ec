import Foundation
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  /// Workers that act as operators, on grants of others, or although they were stopped.
  @Suite struct PowersTests {
    /// Every method that is for operators alone, with parameters that are right.
    private static func operatorMethods(
      _ installation: Installation
    ) throws -> [(name: String, parameters: [String: CanonicalJSON])] {
      let document = try installation.operatorConnection().call(Discover.self, NoParameters()).json
      guard case .array(let methods)? = document["methods"] else { throw Failure("no methods") }
      return try methods.filter { $0["x-audience"] == .string("operators") }.map { method in
        guard case .string(let name)? = method["name"],
          case .array(let examples)? = method["examples"],
          case .array(let given)? = examples.first?["params"]
        else { throw Failure("a method without an example") }
        var parameters: [String: CanonicalJSON] = [:]
        for parameter in given {
          guard case .string(let name)? = parameter["name"] else { continue }
          parameters[name] = parameter["value"]
        }
        return (name, parameters)
      }
    }

    @Test func `no operators' method is a worker's, on either socket and by any token`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        // Two, since the log notes thirty refusals a minute of each and no more.
        let tokens = try ["one", "two"].map { name in
          let token = try installation.grant(.init(name, spend: 1000)).token
          _ = try installation.agent(token).call(SpendCharge.self, .init(amountMsat: try msats(1)))
          return token
        }
        let methods = try Self.operatorMethods(installation)
        let known = try Self.knownOperatorMethods(installation)
        try check(methods.count >= 15 && methods.map(\.name) == known, "\(methods)")
        let untouched = try Untouched(installation)
        let agents = try Attacker(installation)
        let session = try Attacker(installation)
        _ = try session.ask("session.open", token: tokens[0]).get()
        let operators = try Attacker(installation.operatorConnection())
        var refused: [String: Int] = [:]
        for (index, (name, given)) in methods.enumerated() {
          let token = tokens[index % tokens.count]
          let parameters = given.filter { $0.key != "token" }
          for (attacker, token) in [(agents, nil), (agents, token), (session, nil)] {
            try attacker.isRefused("method_not_found", name, parameters, token: token)
          }
          // Whoever shows a token on the operators' socket acts as its holder there.
          let error = try operators.isRefused("forbidden", name, parameters, token: token)
          try check(error.data["rule"] == .string("operators"), "\(name): \(error.data)")
          refused["\(name) forbidden"] = 1
        }
        try untouched.verify(refused: refused)
      }
    }

    /// The methods that the operators' socket describes and the agents' does not, sorted.
    private static func knownOperatorMethods(_ installation: Installation) throws -> [String] {
      func names(_ connection: PurserConnection) throws -> Set<String> {
        let document = try connection.call(Discover.self, NoParameters()).json
        guard case .array(let methods)? = document["methods"] else { return [] }
        return Set(
          methods.compactMap { method in
            if case .string(let name)? = method["name"] { name } else { nil }
          })
      }
      let agents = try names(PurserConnection(path: installation.agentSocket))
      return try names(installation.operatorConnection()).subtracting(agents).sorted()
    }

    /// What a grant needs to be in standing for, with the reason of the refusal where it is not.
    private static let needsStanding: [(String, [String: CanonicalJSON])] = [
      ("spend.charge", ["amount_msat": .integer(1)]),
      ("spend.reserve", ["amount_msat": .integer(1)]),
      ("grant.create", ["name": .string("child")]),
      ("credential.request", ["service": .string("maps")]),
    ]

    @Test func `an open session ends with its grant, whatever it says next`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy(Self.maps)
        _ = try installation.startDaemon()
        let top = try installation.grant(.init("top", spend: 1000))
        let parent = try installation.agent(top.token)
        let worker = try parent.call(GrantCreate.self, .init("worker", spend: 500))
        let session = try Attacker(installation)
        _ = try session.ask("session.open", token: worker.token).get()
        _ = try session.ask("spend.charge", ["amount_msat": .integer(1)]).get()
        _ = try parent.call(GrantRevoke.self, .init(node: worker.node))
        let below = try TokenParts(worker.token).appending([
          "grant=\(Hex.encode(randomBytes(16)))"
        ]).text
        let untouched = try Untouched(installation)
        var refused: [String: Int] = [:]
        for (method, parameters) in Self.needsStanding {
          // The session's token, the same one again, and one that was made of it afterwards.
          for token in [nil, worker.token, below] {
            let error = try session.isRefused("revoked", method, parameters, token: token)
            try check(error.data["node"] == .id(worker.node), "\(method): \(error.data)")
            refused["\(method) revoked", default: 0] += 1
          }
        }
        try session.isRefused("conflict", "session.open", token: top.token)
        refused["session.open conflict"] = 1
        try untouched.verify(refused: refused)
        _ = try parent.call(SpendCharge.self, .init(amountMsat: try msats(1)))
      }
    }

    private static let maps = """
        maps:
          origins: ["http://127.0.0.1:9"]
          challenge_path: /
          price_ceiling: 10sat
      """

    @Test func `a frozen worker thaws nothing, itself least of all`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy(Self.maps)
        _ = try installation.startDaemon()
        let top = try installation.grant(.init("top", spend: 1000))
        let parent = try installation.agent(top.token)
        let worker = try parent.call(GrantCreate.self, .init("worker", spend: 500))
        let child = try installation.agent(worker.token)
          .call(GrantCreate.self, .init("child", spend: 100))
        let sibling = try parent.call(GrantCreate.self, .init("sibling", spend: 100))
        let offline = try TokenParts(worker.token).appending([
          "grant=\(Hex.encode(randomBytes(16)))"
        ]).text
        // The child's own freeze is the worker's to lift, but not while it is frozen itself.
        _ = try installation.agent(worker.token).call(GrantFreeze.self, .init(node: child.node))
        _ = try parent.call(GrantFreeze.self, .init(node: worker.node))
        let untouched = try Untouched(installation)
        let attacker = try Attacker(installation)
        var refused: [String: Int] = [:]
        func tryAll(
          _ token: String, _ targets: [(CanonicalJSON, reasons: Set<String>)], _ names: [String]
        ) throws {
          for name in names {
            for (target, reasons) in targets {
              let isToken = target != .id(worker.node) && target.text.contains("purser1_")
              let answer = try attacker.ask(
                name, [isToken ? "target" : "node": target], token: token)
              guard case .failure(let error) = answer else { throw Failure("\(name) was done") }
              try check(reasons.contains(error.reason), "\(name) \(target.text): \(error)")
              refused["\(name) \(error.reason)", default: 0] += 1
            }
          }
        }
        let stops = ["grant.unfreeze", "grant.freeze", "grant.revoke", "grant.close"]
        for token in [worker.token, offline] {
          try tryAll(
            token,
            [
              (.id(worker.node), ["frozen", "not_found"]),
              (.id(child.node), ["frozen", "not_found"]),
              (.string(worker.token), ["frozen", "not_found"]),
              (.string(offline), ["frozen", "not_found"]),
              (.string(child.token), ["frozen", "not_found"]),
              (.id(sibling.node), ["not_found", "frozen"]),
              (.id(top.node), ["not_found", "frozen"]),
              (.string(top.token), ["not_found", "frozen"]),
            ], stops)
          for (method, parameters) in Self.needsStanding {
            try attacker.isRefused("frozen", method, parameters, token: token)
            refused["\(method) frozen", default: 0] += 1
          }
          for delta in [1, -1] as [Int64] {
            let answer = try attacker.ask(
              "grant.update", ["node": .id(child.node), "delta_msat": .integer(delta)],
              token: token)
            guard case .failure(let error) = answer else { throw Failure("a limit was changed") }
            refused["grant.update \(error.reason)", default: 0] += 1
          }
        }
        // Nor does one that is not frozen lift what was set above it.
        let error = try attacker.isRefused(
          "not_found", "grant.unfreeze", ["node": .id(worker.node)], token: sibling.token)
        refused["grant.unfreeze \(error.reason)", default: 0] += 1
        try untouched.verify(refused: refused)
        _ = try parent.call(GrantUnfreeze.self, .init(node: worker.node))
        _ = try installation.agent(worker.token)
          .call(SpendCharge.self, .init(amountMsat: try msats(1)))
      }
    }

    @Test func `two children with one key get an answer each, and neither gets the other's`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let top = try installation.grant(.init("top", spend: 1000))
        let parent = try installation.agent(top.token)
        let agents =
          try ["first", "second"].map { name in
            try installation.agent(
              parent.call(GrantCreate.self, .init(name, spend: 100), key: name).token)
          } + [parent]
        let holds = try agents.map {
          try $0.call(SpendReserve.self, .init(amountMsat: try msats(10)), key: "k").hold
        }
        try check(Set(holds).count == 3, "an answer of somebody else was repeated: \(holds)")
        let again = try agents.map {
          try $0.call(SpendReserve.self, .init(amountMsat: try msats(10)), key: "k").hold
        }
        try check(again == holds, "not the first answers: \(again)")
        let tokens = try agents.map {
          try $0.call(GrantCreate.self, .init("below", spend: 1), key: "k").token
        }
        try check(Set(tokens).count == 3, "a token of somebody else was repeated")
        // A level that is made of the first one's token, and one that only narrows it.
        let narrowed = try TokenParts(agents[0].token)
        let below = try installation.agent(
          narrowed.appending(["grant=\(Hex.encode(randomBytes(16)))"]).text)
        let other = try below.call(SpendReserve.self, .init(amountMsat: try msats(10)), key: "k")
        try check(!holds.contains(other.hold), "the child was shown its parent's answer")
        let tight = try installation.agent(narrowed.appending(["methods=grant.*"]).text)
        let refusal = try BadChallengeTests.refusal {
          _ = try tight.call(SpendReserve.self, .init(amountMsat: try msats(10)), key: "k")
        }
        try check(
          refusal?.reason == "forbidden", "the answer was repeated to \(refusal, default: "it")")
        let tree = try Books(installation).tree()
        try check(tree[top.node]?.heldMsat.value == 40, "\(tree[top.node], default: "-")")
        try Books(installation).verify()
      }
    }
  }
}
