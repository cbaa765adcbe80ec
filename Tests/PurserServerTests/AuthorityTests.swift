import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

/// All caveats at once: what the daemon answers, beside what the caveats say one by one.
@Suite struct AuthorityTests {
  @Test(arguments: UInt64(1)...40)
  func `the daemon admits what every caveat allows, and no narrowed token more than its parent`(
    seed: UInt64
  ) async throws {
    var story = try await AuthorityStory(seed: seed)
    for _ in 0..<80 { try await story.step() }
    // A story in which everything is refused, or nothing is, would show nothing.
    #expect(story.admitted > 0 && story.refused > 0, "seed \(seed)")
    #expect(try story.daemon.ledger.verifyLedger().faults == [], "seed \(seed)")
  }
}

/// A token, and each of its caveats where it stands.
private struct Holder {
  let token: GrantToken
  let levels: [[GrantCaveat]]
  let nodes: [NodeID]
  let parent: Int?
}

/// What somebody asks for.
private struct Ask {
  let method: String
  let parameters: String
  /// What it spends or sets aside, in msat; zero for a copy of a credential.
  var amount: UInt64 = 0
  var use: (service: String, capability: String)?
  let user: UInt32
  let group: UInt32
}

/// What was admitted at a node and at those above it.
private struct Admission {
  let nodes: [NodeID]
  let time: Timestamp
  let amount: UInt64
}

/// A random tree of tokens, and requests of their holders.
private struct AuthorityStory {
  let daemon: TestDaemon
  private(set) var admitted = 0
  private(set) var refused = 0
  private let seed: UInt64
  private var random: SeededGenerator
  private var holders: [Holder] = []
  private var history: [Admission] = []

  init(seed: UInt64) async throws {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    daemon = try TestDaemon(seed: seed)
    // Bought once by a grant that is not in the story, so that copies cost nobody anything.
    let buyer = daemon.top(id: 99)
    for capability in ["read", "write"] {
      _ = try await daemon.call(
        CredentialRequest.self, .init(service: "data", capabilities: [capability]), token: buyer)
    }
    for id in UInt8(1)...2 {
      let node = node(id)
      let caveats = caveats(atMost: 2)
      holders.append(
        Holder(
          token: daemon.maker.top(node, caveats), levels: [caveats], nodes: [node], parent: nil))
    }
  }

  mutating func step() async throws {
    switch Int.random(in: 0..<10, using: &random) {
    case 0, 1: try narrow()
    // No multiple of it is the length of a window, at whose very edge two readings are possible.
    case 2: daemon.clock.move(milliseconds: 7000 * Int64.random(in: 1...3, using: &random))
    default: try await ask()
    }
  }

  // MARK: Tokens

  private mutating func narrow() throws {
    let index = Int.random(in: holders.indices, using: &random)
    let holder = holders[index]
    let opens = random.once(in: 2) && holder.levels.count < 8
    let caveats = caveats(atMost: 3)
    let opening: [GrantCaveat] = opens ? [.grant(random.bytes(16))] : []
    let token = try holder.token.attenuated(with: opening + caveats)
    var (levels, nodes) = (holder.levels, holder.nodes)
    if opens {
      levels.append(caveats)
      // A token that is too deep is nobody's; it is asked about all the same.
      let chain = try? GrantChain(verifying: token, keyring: daemon.maker.keyring)
      nodes.append(chain?.node ?? node(0))
    } else {
      levels[levels.count - 1] += caveats
    }
    holders.append(Holder(token: token, levels: levels, nodes: nodes, parent: index))
  }

  private mutating func caveats(atMost most: Int) -> [GrantCaveat] {
    (0..<Int.random(in: 0...most, using: &random)).map { _ in caveat() }
  }

  private mutating func caveat() -> GrantCaveat {
    let window = SpendWindow.rolling(seconds: random.once(in: 2) ? 60 : 300)
    return switch Int.random(in: 0..<12, using: &random) {
    case 0, 1: .spend(random.amount(500...4000))
    case 2: .spendPer(SpendLimit(random.amount(300...2000), per: window))
    case 3: .payment(random.amount(100...900))
    case 4: .services(random.once(in: 3) ? ["pinned"] : ["data", "pinned"])
    case 5: .capabilities(service: "data", random.once(in: 3) ? ["read"] : ["read", "write"])
    case 6: .validUntil(daemon.clock.now().seconds + UInt64.random(in: 30...900, using: &random))
    case 7: .depth(UInt64.random(in: 0...4, using: &random))
    case 8: .methods(methods.randomElement(using: &random) ?? [])
    case 9: .calls(CallLimit(UInt64.random(in: 1...6, using: &random), per: window))
    case 10: .peer(random.once(in: 2) ? .user(1000) : .group(random.once(in: 4) ? 2000 : 1000))
    default: .approveAbove(SpendLimit(random.amount(1...1000)))
    }
  }

  private let methods = [
    ["spend.*"], ["spend.charge", "credential.*"], ["spend.*", "credential.request"],
    ["spend.reserve", "spend.charge", "spend.quote"],
  ]

  // MARK: Requests

  private mutating func ask() async throws {
    let index = Int.random(in: holders.indices, using: &random)
    let ask = request()
    let expected = allows(holders[index], ask)
    let isAdmitted = await answer(ask, holders[index])
    let story = "seed \(seed): \(ask) of \(holders[index].levels.map { $0.map(\.text) })"
    #expect(isAdmitted == expected, "\(story)")
    if isAdmitted {
      admitted += 1
      history.append(
        Admission(nodes: holders[index].nodes, time: daemon.clock.now(), amount: ask.amount))
    } else {
      refused += 1
    }
    // Nothing changes from one of these to the next.
    var dry = Ask(
      method: "spend.quote", parameters: #""amount_msat":\#(max(ask.amount, 1))"#,
      user: ask.user, group: ask.group)
    dry.amount = max(ask.amount, 1)
    var next: Int? = index
    var passed = false
    while let current = next {
      let passes = await answer(dry, holders[current])
      #expect(passes || !passed, "\(story): a parent may not what its child may")
      passed = passes
      next = holders[current].parent
    }
  }

  private mutating func request() -> Ask {
    let user: UInt32 = random.once(in: 8) ? 1001 : 1000
    let group: UInt32 = random.once(in: 8) ? 2000 : 1000
    if random.once(in: 3) {
      let capability = random.once(in: 2) ? "read" : "write"
      return Ask(
        method: "credential.request",
        parameters: #""service":"data","capabilities":["\#(capability)"]"#,
        use: ("data", capability), user: user, group: group)
    }
    let amount = UInt64.random(in: 1...900, using: &random)
    return Ask(
      method: random.once(in: 2) ? "spend.charge" : "spend.reserve",
      parameters: #""amount_msat":\#(amount)"#, amount: amount, user: user, group: group)
  }

  /// Whether the daemon does what is asked.
  private func answer(_ ask: Ask, _ holder: Holder) async -> Bool {
    let session = Session(
      peer: PeerProcess(processID: 42, userID: ask.user, groupID: ask.group),
      isOperatorSocket: false)
    let line =
      #"{"jsonrpc":"2.0","id":1,"method":"\#(ask.method)","params":{"token":""#
      + #"\#(holder.token.text)",\#(ask.parameters)}}"#
    let answer = await daemon.handler.answer(Array(line.utf8), in: session, from: .peer) ?? []
    let text = String(decoding: answer, as: UTF8.self)
    return text.contains(#""result""#) && !text.contains(#""passes":false"#)
  }

  // MARK: What the caveats say

  private func allows(_ holder: Holder, _ ask: Ask) -> Bool {
    holder.levels.indices.allSatisfy { level in
      holder.levels[level].allSatisfy { allows($0, at: level, of: holder, ask) }
    }
  }

  private func allows(
    _ caveat: GrantCaveat, at level: Int, of holder: Holder, _ ask: Ask
  ) -> Bool {
    let node = holder.nodes[level]
    // What costs nothing is not stopped by a limit that another token of the grant has passed.
    let isFree = ask.amount == 0
    return switch caveat {
    case .grant, .name, .approveAbove: true
    case .spend(let limit): isFree || spent(at: node, per: nil) + ask.amount <= limit.value
    case .spendPer(let limit):
      isFree || spent(at: node, per: limit.window) + ask.amount <= limit.amount.value
    case .payment(let limit): ask.amount <= limit.value
    case .services(let names): ask.use.map { names.contains($0.service) } ?? true
    case .capabilities(let service, let names):
      ask.use.map { $0.service != service || names.contains($0.capability) } ?? true
    case .validUntil(let end): daemon.clock.now().seconds < end
    case .depth(let most): holder.levels.count - 1 - level <= Int(most)
    case .methods(let patterns):
      patterns.contains {
        $0 == ask.method || ($0.hasSuffix("*") && ask.method.hasPrefix($0.dropLast()))
      }
    case .calls(let limit):
      admissions(at: node, per: limit.window).count + 1 <= Int(limit.count)
    case .peer(.user(let id)): ask.user == id
    case .peer(.group(let id)): ask.group == id
    case .peer: false
    }
  }

  private func spent(at node: NodeID, per window: SpendWindow?) -> UInt64 {
    admissions(at: node, per: window).reduce(0) { $0 + $1.amount }
  }

  private func admissions(at node: NodeID, per window: SpendWindow?) -> [Admission] {
    let now = daemon.clock.now()
    return history.filter { admission in
      guard admission.nodes.contains(node) else { return false }
      guard case .rolling(let seconds) = window else { return true }
      return now.seconds - admission.time.seconds < UInt64(seconds)
    }
  }
}
