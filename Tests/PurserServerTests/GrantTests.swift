import LibCrypto
import Macaroons
import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct AuthenticationTests {
  @Test func `a request without a token has no caller on the agents' socket`() async throws {
    let daemon = try TestDaemon()
    for line in [
      #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":1}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"session.open"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"grant.tree"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"grant.create"}"#,
    ] {
      #expect(await daemon.line(line)?.contains(#""cause":"no_token""#) == true)
    }
    let info = try await daemon.call(SystemInfo.self, NoParameters(), in: daemon.agents)
    #expect(info.services.isEmpty)
  }

  @Test func `a session is opened once, and a request's token replaces it`() async throws {
    let daemon = try TestDaemon()
    let (first, second) = (daemon.top(id: 1), daemon.top(id: 2))
    let session = daemon.session()
    let opened = try await daemon.call(SessionOpen.self, NoParameters(), token: first, in: session)
    #expect(opened.node == node(1))
    let again = try await daemon.error(
      SessionOpen.self, NoParameters(), token: second, in: session)
    #expect(again?.reason == "conflict")
    #expect(try await daemon.call(GrantGet.self, .init(), in: session).node == node(1))
    #expect(
      try await daemon.call(GrantGet.self, .init(), token: second, in: session).node == node(2))
    #expect(try await daemon.call(GrantGet.self, .init(), in: session).node == node(1))
  }

  @Test func `all connections of a process wait in one queue`() throws {
    let daemon = try TestDaemon()
    let sources = [daemon.session(pid: 7), daemon.session(isOperator: true, pid: 7)].map(\.source)
    #expect(sources[0] == sources[1])
    #expect(daemon.session(pid: 8).source != sources[0])
    #expect(daemon.session(pid: 0).source != Coordinator.daemonSource)
  }

  @Test func `an open session is checked anew at each request`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.validUntil(1_800_000_100))
    let session = daemon.session()
    _ = try await daemon.call(SessionOpen.self, NoParameters(), token: token, in: session)
    let reserve = SpendReserve.Parameters(amountMsat: msat(1), ttlSeconds: 1)
    _ = try await daemon.call(SpendReserve.self, reserve, in: session)
    _ = try await daemon.call(GrantFreeze.self, .init(node: node(1)))
    #expect(try await daemon.error(SpendReserve.self, reserve, in: session)?.reason == "frozen")
    _ = try await daemon.call(GrantUnfreeze.self, .init(node: node(1)))
    _ = try await daemon.call(SpendReserve.self, reserve, in: session)
    daemon.clock.move(milliseconds: 100_000)
    #expect(try await daemon.error(SpendReserve.self, reserve, in: session)?.reason == "expired")
    _ = try await daemon.call(GrantRevoke.self, .init(node: node(1)))
    #expect(try await daemon.error(SpendReserve.self, reserve, in: session)?.reason == "revoked")
  }

  @Test func `a token that is not whole or not ours is refused`() async throws {
    let daemon = try TestDaemon()
    let text = daemon.top(.name("a"), .spend(msat(5))).text
    let foreign = try GrantToken.mint(
      grantID: node(1), caveats: [],
      keyring: #require(Keyring(keys: [1: randomBytes(32)], currentKeyID: 1)))
    let retired = try GrantToken.mint(
      grantID: node(1), caveats: [],
      keyring: #require(Keyring(keys: [2: randomBytes(32)], currentKeyID: 2)))
    let unknown = GrantToken(try daemon.top().macaroon.attenuated(with: Array("colour=red".utf8)))
    let unreadable = GrantToken(try daemon.top().macaroon.attenuated(with: Array("calls=5".utf8)))
    var tokens = [
      "", "purser1_", String(text.dropLast()), String(text.dropFirst()), text + "A", text + "=",
      foreign.text, retired.text, unknown.text, unreadable.text,
      String(repeating: "a", count: 100_000),
    ]
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var random = SeededGenerator(seed: 11)
    for _ in 0..<50 {
      var flipped = Array(text)
      let place = Int.random(in: 8..<flipped.count, using: &random)
      let others = alphabet.filter { $0 != flipped[place] }
      let other = try #require(others.randomElement(using: &random))
      flipped[place] = other
      tokens.append(String(flipped))
    }
    for token in tokens {
      let line =
        #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":1,"#
        + #""token":"\#(token)"}}"#
      let answer = try #require(await daemon.line(line))
      #expect(answer.contains(#""reason":"unauthenticated""#), "\(token)")
      if token.count > 40 { #expect(!answer.contains(token)) }
    }
    #expect(try daemon.counters(daemon.top()).held == 0)
  }
}

@Suite struct GrantTests {
  @Test func `a child is at most as wide as its parent`() async throws {
    let daemon = try TestDaemon()
    let parent = daemon.top(
      .spend(msat(100)), .payment(msat(10)), .services(["data"]),
      .capabilities(service: "data", ["read"]), .validUntil(1_800_000_500), .depth(2))
    func refusal(_ change: (inout GrantCreate.Parameters) -> Void) async throws -> String? {
      var parameters = GrantCreate.Parameters()
      change(&parameters)
      let error = try await daemon.error(GrantCreate.self, parameters, token: parent)
      guard case .string(let rule) = error?.data["rule"] else { return error?.reason }
      return rule
    }
    #expect(try await refusal { $0.spendMsat = msat(101) } == "caveat:spend_msat")
    #expect(try await refusal { $0.paymentMsat = msat(11) } == "caveat:payment_msat")
    #expect(try await refusal { $0.services = ["data", "bare"] } == "caveat:services")
    #expect(try await refusal { $0.services = ["nobody"] } == "policy:services")
    #expect(
      try await refusal { $0.capabilities = ["data": ["write"]] } == "caveat:data_capabilities")
    #expect(try await refusal { $0.capabilities = ["bare": []] } == "caveat:services")
    #expect(try await refusal { $0.validUntil = 1_800_000_501 } == "caveat:valid_until")
    #expect(try await refusal { $0.ttlSeconds = 501 } == "caveat:valid_until")
    #expect(try await refusal { $0.depth = 2 } == "caveat:depth")
    #expect(try await refusal { $0.ttlSeconds = 0 } == "invalid_params")
    #expect(try await refusal { $0.ttlSeconds = .max } == "invalid_params")
    #expect(try await refusal { $0.validUntil = 1_800_000_000 } == "invalid_params")
    #expect(
      try await refusal { ($0.validUntil, $0.ttlSeconds) = (1_800_000_100, 5) } == "invalid_params")
    #expect(try await refusal { $0.name = String(repeating: "é", count: 33) } == "invalid_params")
    #expect(try await refusal { $0.name = "" } == "invalid_params")
    #expect(
      try await refusal {
        $0.spendMsat = msat(100)
        $0.paymentMsat = msat(10)
        $0.services = ["data"]
        $0.capabilities = ["data": ["read"]]
        $0.validUntil = 1_800_000_500
        $0.depth = 1
      } == nil)
  }

  @Test func `a level at the end of its depth opens none`() async throws {
    let daemon = try TestDaemon()
    let error = try await daemon.error(GrantCreate.self, .init(), token: daemon.top(.depth(0)))
    #expect(error?.data["rule"] == .string("caveat:depth"))
  }

  @Test func `a refusal names no service that the grant may not use`() async throws {
    let daemon = try TestDaemon()
    var parameters = GrantCreate.Parameters()
    parameters.services = ["nobody"]
    let error = try await daemon.error(
      GrantCreate.self, parameters, token: daemon.top(.services(["data"])))
    #expect(error?.message.contains("data") == true)
    #expect(error?.message.contains("pinned") == false)
  }

  @Test func `a repeated creation gives the same token`() async throws {
    let daemon = try TestDaemon()
    let parent = daemon.top()
    var parameters = GrantCreate.Parameters()
    parameters.name = "worker"
    let first = try await daemon.call(GrantCreate.self, parameters, token: parent, key: "k")
    let again = try await daemon.call(GrantCreate.self, parameters, token: parent, key: "k")
    #expect(first == again)
    #expect(try await daemon.call(GrantTree.self, .init(), token: parent).grants.count == 2)
    parameters.name = "other"
    let conflict = try await daemon.error(GrantCreate.self, parameters, token: parent, key: "k")
    #expect(conflict?.reason == "conflict")
    // Keys belong to a node.
    _ = try await daemon.call(GrantCreate.self, parameters, token: daemon.top(id: 2), key: "k")
    let restarted = try TestDaemon(after: daemon)
    parameters.name = "worker"
    #expect(
      try await restarted.call(GrantCreate.self, parameters, token: parent, key: "k") == first)
  }

  @Test func `a token is not repeated once its grant or one above is stopped`() async throws {
    for action in ["freeze the child", "revoke the child", "freeze the parent", "expire"] {
      let daemon = try TestDaemon()
      let parent = daemon.top()
      let parameters = GrantCreate.Parameters.ending(in: 100)
      let first = try await daemon.call(GrantCreate.self, parameters, token: parent, key: "k")
      switch action {
      case "freeze the child": _ = try await daemon.call(GrantFreeze.self, .init(node: first.node))
      case "revoke the child":
        _ = try await daemon.call(GrantRevoke.self, .init(node: first.node), token: parent)
      case "freeze the parent": _ = try await daemon.call(GrantFreeze.self, .init(node: node(1)))
      default: daemon.clock.move(milliseconds: 100_000)
      }
      let error = try await daemon.error(GrantCreate.self, parameters, token: parent, key: "k")
      #expect(["frozen", "revoked", "expired"].contains(error?.reason), "\(action)")
    }
  }

  @Test func `a top-level grant always ends`() async throws {
    let daemon = try TestDaemon { $0.grantLifetimeSeconds = 1000 }
    #expect(try await daemon.call(GrantCreate.self, .init()).validUntil == 1_800_001_000)
    let error = try await daemon.error(GrantCreate.self, .ending(in: 1001))
    #expect(error?.data["rule"] == .string("policy:grant_lifetime"))
  }

  @Test func `a holder sees its own subtree and nothing above or beside it`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top(.spend(msat(1000)))
    let (left, right) = (daemon.child(top, nonce: 1), daemon.child(top, nonce: 2))
    let leaf = daemon.child(left, nonce: 3)
    for token in [leaf, right] {
      _ = try await daemon.call(SpendReserve.self, .init(amountMsat: msat(5)), token: token)
    }
    let (leftNode, rightNode) = (daemon.maker.chain(left).node, daemon.maker.chain(right).node)
    let leafNode = daemon.maker.chain(leaf).node
    let tree = try await daemon.call(GrantTree.self, .init(), token: left)
    #expect(tree.grants.map(\.node) == [leftNode, leafNode])
    #expect(tree.grants.map(\.parent) == [nil, leftNode])
    #expect(tree.grants.map(\.heldMsat) == [msat(5), msat(5)])
    for hidden in [node(1), rightNode, node(77)] {
      let get = try await daemon.error(GrantGet.self, .init(node: hidden), token: left)
      #expect(get?.reason == "not_found")
      let tree = try await daemon.error(GrantTree.self, .init(node: hidden), token: left)
      #expect(tree?.reason == "not_found")
    }
    #expect(try await daemon.call(GrantGet.self, .init(), token: left).parent == nil)
    let below = try await daemon.call(GrantGet.self, .init(node: leafNode), token: left)
    #expect(below.parent == leftNode)
    #expect(try await daemon.call(GrantTree.self, .init()).grants.count == 4)
    #expect(try await daemon.call(GrantGet.self, .init(node: rightNode)).parent == node(1))
  }

  @Test func `a grant that was never used shows how it stands`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let worker = daemon.child(top, .spend(msat(9)), .validUntil(1_800_000_100))
    #expect(try await daemon.call(GrantGet.self, .init(), token: worker).remainingMsat == msat(9))
    #expect(try await daemon.call(GrantTree.self, .init(), token: worker).grants.count == 1)
    _ = try await daemon.call(GrantFreeze.self, .init(target: worker.text), token: top)
    #expect(try await daemon.call(GrantGet.self, .init(), token: worker).state == .frozen)
    let below = daemon.child(worker)
    #expect(try await daemon.call(GrantGet.self, .init(), token: below).state == .frozen)
    _ = try await daemon.call(GrantRevoke.self, .init(target: worker.text), token: top)
    #expect(try await daemon.call(GrantGet.self, .init(), token: below).state == .revoked)
  }

  @Test func `the log says all that a new grant may do`() async throws {
    let daemon = try TestDaemon()
    var limits = GrantCreate.Parameters()
    (limits.spendMsat, limits.paymentMsat) = (msat(9), msat(5))
    (limits.services, limits.capabilities) = (["data"], ["data": ["write", "read"]])
    (limits.methods, limits.depth) = (["spend.*"], 2)
    limits.calls = [.init(count: 3, per: "1m")]
    limits.approveAbove = [.init(aboveMsat: msat(4))]
    limits.peer = ["uid=7"]
    _ = try await daemon.call(GrantCreate.self, limits)
    let event = try #require(try daemon.ledger.events(after: 0, limit: 9, under: nil).last?.text)
    for part in [
      #""payment_msat":5"#, #""spend_msat":9"#,
      #""caveats":["services=data","data_capabilities=read,write","depth=2","methods=spend.*","#
        + #""calls=3/1m","approve_above_msat=4","peer=uid=7"]"#,
    ] {
      #expect(event.contains(part), "\(event)")
    }
  }

  @Test func `a grant shows what else it may do, met or not, to its holder and those above`()
    async throws
  {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let worker = daemon.child(top, .services(["data"]), .methods(["spend.*", "grant.*"]))
    let caveats = ["services=data", "methods=spend.*,grant.*"]
    #expect(try await daemon.call(GrantGet.self, .init(), token: worker).caveats == caveats)
    _ = try await daemon.call(SpendCharge.self, .init(amountMsat: msat(1)), token: worker)
    let id = daemon.maker.chain(worker).node
    #expect(try await daemon.call(GrantGet.self, .init(node: id), token: top).caveats == caveats)
    #expect(try await daemon.call(GrantGet.self, .init(node: id)).caveats == caveats)
    #expect(try await daemon.call(GrantGet.self, .init(), token: top).caveats == [])
    // Its holder sees its own token, which may be narrower by now.
    let narrower = try worker.attenuated(with: [.depth(0)])
    #expect(
      try await daemon.call(GrantGet.self, .init(), token: narrower).caveats?.first
        == "services=data")
    #expect(
      try await daemon.call(GrantGet.self, .init(), token: narrower).caveats?.contains("depth=0")
        == true)
    let tree = try await daemon.call(GrantTree.self, .init()).grants
    #expect(tree.map(\.caveats) == [nil, nil])
  }

  @Test func `a holder acts below itself alone`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let (left, right) = (daemon.child(top, nonce: 1), daemon.child(top, nonce: 2))
    let leaf = daemon.child(left, nonce: 3)
    _ = try await daemon.call(SpendReserve.self, .init(amountMsat: msat(5)), token: right)
    for target in [left, right, top] {
      let byToken = try await daemon.error(
        GrantFreeze.self, .init(target: target.text), token: left)
      #expect(byToken?.reason == "not_found")
      let id = daemon.maker.chain(target).node
      let byID = try await daemon.error(GrantRevoke.self, .init(node: id), token: left)
      #expect(byID?.reason == "not_found")
    }
    // Never met: by its token only.
    let id = daemon.maker.chain(leaf).node
    let unmet = try await daemon.error(GrantFreeze.self, .init(node: id), token: left)
    #expect(unmet?.reason == "not_found")
    _ = try await daemon.call(GrantFreeze.self, .init(target: leaf.text), token: left)
    let stopped = try await daemon.error(
      SpendReserve.self, .init(amountMsat: msat(1)), token: leaf)
    #expect(stopped?.reason == "frozen")
    // A freeze is lifted where it was set, or above.
    _ = try await daemon.call(GrantUnfreeze.self, .init(target: leaf.text), token: left)
    _ = try await daemon.call(GrantFreeze.self, .init(target: leaf.text), token: top)
    let lift = try await daemon.error(GrantUnfreeze.self, .init(target: leaf.text), token: left)
    #expect(lift?.data["rule"] == .string("grant:freeze"))
    _ = try await daemon.call(GrantUnfreeze.self, .init(target: leaf.text), token: top)
    // A stopped holder stops nobody.
    _ = try await daemon.call(GrantFreeze.self, .init(target: left.text), token: top)
    let frozen = try await daemon.error(GrantRevoke.self, .init(target: leaf.text), token: left)
    #expect(frozen?.reason == "frozen")
    let both = try await daemon.error(
      GrantFreeze.self, .init(node: id, target: leaf.text), token: top)
    #expect(both?.reason == "invalid_params")
  }

  @Test func `an operator stops a grant by its token or its id, met before or not`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let byToken = daemon.child(top)
    _ = try await daemon.call(GrantRevoke.self, .init(target: byToken.text))
    let byID = daemon.child(top, nonce: 10)
    _ = try await daemon.call(GrantRevoke.self, .init(node: daemon.maker.chain(byID).node))
    for worker in [byToken, byID] {
      let spent = try await daemon.error(
        SpendReserve.self, .init(amountMsat: msat(1)), token: worker)
      #expect(spent?.reason == "revoked")
    }
  }
}

@Suite struct SpendingTests {
  @Test func `a reserve is settled in part and the rest goes back`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(100)))
    let hold = try await daemon.call(
      SpendReserve.self, .init(amountMsat: msat(60)), token: token, key: "r")
    let again = try await daemon.call(
      SpendReserve.self, .init(amountMsat: msat(60)), token: token, key: "r")
    #expect(hold == again)
    #expect(try daemon.counters(token).held == 60)
    let settle = SpendSettle.Parameters(hold: hold.hold, amountMsat: msat(25))
    let ended = try await daemon.call(SpendSettle.self, settle, token: token, key: "s")
    #expect(ended.releasedMsat == msat(35))
    #expect(try await daemon.call(SpendSettle.self, settle, token: token, key: "s") == ended)
    // The same end again is the same answer, with or without a key.
    #expect(try await daemon.call(SpendSettle.self, settle, token: token) == ended)
    #expect(try daemon.counters(token) == (25, 0))
    let other = SpendSettle.Parameters(hold: hold.hold, amountMsat: msat(24))
    for key in ["s", nil] {
      let conflict = try await daemon.error(SpendSettle.self, other, token: token, key: key)
      #expect(conflict?.reason == "conflict")
    }
    // Late: the hold has ended, and the first answer still stands.
    daemon.clock.move(milliseconds: 3_600_000)
    #expect(
      try await daemon.call(
        SpendReserve.self, .init(amountMsat: msat(60)), token: token, key: "r") == hold)
  }

  @Test func `a hold lives as long as the policy lets it`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    for seconds: UInt64 in [0, 3601, .max] {
      let error = try await daemon.error(
        SpendReserve.self, .init(amountMsat: msat(1), ttlSeconds: seconds), token: token)
      #expect(error?.reason == "invalid_params")
    }
    let zero = try await daemon.error(SpendReserve.self, .init(amountMsat: .zero), token: token)
    #expect(zero?.reason == "invalid_params")
  }

  @Test func `another grant's hold is not found`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top()
    let hold = try await daemon.call(SpendReserve.self, .init(amountMsat: msat(5)), token: top)
    for token in [daemon.child(top), daemon.top(id: 2)] {
      let release = try await daemon.error(
        SpendRelease.self, .init(hold: hold.hold), token: token)
      #expect(release?.reason == "not_found")
    }
    let released = try await daemon.call(SpendRelease.self, .init(hold: hold.hold), token: top)
    #expect(released.releasedMsat == msat(5))
  }

  @Test func `a refusal shows the caller's own figures and none from above`() async throws {
    let daemon = try TestDaemon()
    let top = daemon.top(.spend(msat(100)))
    let worker = daemon.child(top, .spend(msat(90)))
    _ = try await daemon.call(SpendReserve.self, .init(amountMsat: msat(43)), token: top)
    let above = try await daemon.error(
      SpendReserve.self, .init(amountMsat: msat(80)), token: worker)
    #expect(above?.data["above"] == .bool(true))
    #expect(above?.data["node"] == nil)
    #expect(above?.data["limit_msat"] == nil)
    #expect(above?.data["held_msat"] == nil)
    #expect(above?.message.contains("43") == false)
    _ = try await daemon.call(SpendReserve.self, .init(amountMsat: msat(50)), token: worker)
    let small = daemon.child(worker, .spend(msat(3)))
    let own = try await daemon.error(SpendReserve.self, .init(amountMsat: msat(5)), token: small)
    #expect(own?.data["limit_msat"] == .integer(3))
    #expect(own?.data["shortfall_msat"] == .integer(2))
  }

  @Test func `what was held before a freeze still settles`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top()
    let hold = try await daemon.call(SpendReserve.self, .init(amountMsat: msat(5)), token: token)
    _ = try await daemon.call(GrantFreeze.self, .init(node: node(1)))
    let settle = SpendSettle.Parameters(hold: hold.hold, amountMsat: msat(5))
    #expect(try await daemon.call(SpendSettle.self, settle, token: token).settledMsat == msat(5))
  }
}

extension GrantCreate.Parameters {
  static func ending(in seconds: UInt64) -> Self {
    var parameters = Self()
    parameters.ttlSeconds = seconds
    return parameters
  }
}
