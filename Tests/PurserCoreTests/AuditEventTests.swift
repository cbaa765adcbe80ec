import LibCrypto
import PurserCore
import PurserTesting
import Testing

@Suite struct AuditEventTests {
  @Test func `an event has the text that a plain writer of RFC 8785 gives it`() {
    let seed = UInt64.random(in: 0 ... .max)
    var maker = EventMaker(generator: SeededGenerator(seed: seed))
    var writer = CanonicalWriter()
    for _ in 0..<3000 {
      let (event, members) = maker.event()
      let sequence = maker.number()
      let time = maker.number()
      var all = members
      all["seq"] = .integer(sequence)
      all["time_ms"] = .integer(time)
      writer.clear()
      event.write(
        sequence: UInt64(sequence), at: Timestamp(milliseconds: UInt64(time)), to: &writer)
      #expect(writer.text == PlainJSON.text(.object(all)), "seed \(seed)")
      #expect(CanonicalJSON.object(all).text == writer.text, "seed \(seed)")
    }
  }

  @Test func `a usual event reads as it always did`() throws {
    let node = try #require(NodeID(hex: "000102030405060708090a0b0c0d0e0f"))
    let event = AuditEvent(
      action: "spend.reserve",
      actor: .agent(node, peer: PeerProcess(processID: 7, userID: 1000, groupID: 1000)),
      node: node,
      details: [
        "hold": .id(node), "amount_msat": .integer(2000), "hash": .hex([0x0f, 0xf0]),
        "a": .array([.bool(true), .string("x")]),
      ])
    #expect(
      event.text(sequence: 3, at: Timestamp(milliseconds: 42)) == """
        {"action":"spend.reserve","actor":{"kind":"agent",\
        "node":"000102030405060708090a0b0c0d0e0f","pid":7,"uid":1000},"details":{\
        "a":[true,"x"],"amount_msat":2000,"hash":"0ff0",\
        "hold":"000102030405060708090a0b0c0d0e0f"},\
        "node":"000102030405060708090a0b0c0d0e0f","seq":3,"time_ms":42}
        """)
  }

  @Test func `details are found, replaced, removed and merged by name`() {
    var details: AuditDetails = ["b": .integer(2), "a": .integer(1), "b": .integer(3)]
    #expect(details == ["a": .integer(1), "b": .integer(3)])
    details["c"] = .bool(true)
    details["a"] = nil
    #expect(details["c"] == .bool(true) && details["a"] == nil && !details.isEmpty)
    let merged = details.merging(["b": .integer(9), "d": .string("")]) { first, _ in first }
    #expect(merged == ["b": .integer(3), "c": .bool(true), "d": .string("")])
    #expect(AuditDetails().isEmpty && AuditDetails() == [:])
  }

  @Test func `the hashes of the chain and the tree are those of their definitions`() {
    let text = Array("{}".utf8)
    let first = AuditChain.hash(after: AuditChain.start, text: text[...])
    #expect(first.bytes == SHA256.hash([UInt8](repeating: 0, count: 32) + text))
    #expect(MerkleHash.leaf(text[...]).bytes == SHA256.hash([0] + text))
    #expect(
      MerkleHash.node(first, .zero).bytes
        == SHA256.hash([1] + first.bytes + SHA256Digest.zero.bytes))
    #expect(MerkleHash.empty.bytes == SHA256.hash([]))
  }
}

/// Makes random events, each with the members that its text must have.
private struct EventMaker {
  var generator: SeededGenerator

  mutating func number() -> Int64 {
    Int64(generator.next() & 0x1f_ffff_ffff_ffff >> (generator.next() % 53))
  }

  mutating func identifier() -> NodeID? {
    NodeID(bytes: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  /// A text with controls, quotes, and characters of every length in UTF-8 and UTF-16.
  mutating func text() -> String {
    let pool: [Unicode.Scalar] = [
      "a", "z", "\"", "\\", "/", "\u{0}", "\u{1}", "\u{8}", "\t", "\n", "\u{b}", "\u{c}", "\r",
      "\u{1f}", "\u{7f}", "é", "\u{301}", "€", "\u{e000}", "\u{ffff}", "\u{10000}", "😀", "\u{2028}",
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0...20, using: &generator) {
      text.unicodeScalars.append(pool.randomElement(using: &generator) ?? "a")
    }
    return text
  }

  mutating func value() -> (AuditDetails.Value, CanonicalJSON) {
    switch Int.random(in: 0..<6, using: &generator) {
    case 0:
      let number = number() * (Bool.random(using: &generator) ? 1 : -1)
      return (.integer(number), .integer(number))
    case 1:
      let flag = Bool.random(using: &generator)
      return (.bool(flag), .bool(flag))
    case 2:
      let id = identifier()
      return (id.map { .id($0) } ?? .bool(false), .string(id?.hex ?? ""))
    case 3:
      let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
      return (.hex(bytes), .string(Hex.encode(bytes)))
    case 4:
      let list: [CanonicalJSON] = [.string(text()), .object([text(): .integer(number())])]
      return (.array(list), .array(list))
    default:
      let text = text()
      return (.string(text), .string(text))
    }
  }

  mutating func event() -> (AuditEvent, [String: CanonicalJSON]) {
    let peer = PeerProcess(
      processID: .random(in: 0 ... .max, using: &generator),
      userID: .random(in: 0 ... .max, using: &generator), groupID: 0)
    let agent = identifier()
    let actors: [Actor] = [
      .daemon, .operatorUser(peer: peer), agent.map { .agent($0, peer: peer) } ?? .daemon,
      agent.map { .agent($0, peer: nil) } ?? .daemon,
    ]
    let actor = actors.randomElement(using: &generator) ?? .daemon
    var who: [String: CanonicalJSON] = [
      "kind": .string(actor.isOperator ? "operator" : actor.node == nil ? "daemon" : "agent")
    ]
    if let node = actor.node { who["node"] = .string(node.hex) }
    if let peer = actor.peer {
      who["pid"] = .integer(Int64(peer.processID))
      who["uid"] = .integer(Int64(peer.userID))
    }
    let action = text()
    let node = Bool.random(using: &generator) ? identifier() : nil
    var details: AuditDetails = [:]
    var members: [String: CanonicalJSON] = [:]
    for _ in 0..<Int.random(in: 0...5, using: &generator) {
      let name = text()
      // Two spellings of one character are one key of a Swift dictionary.
      guard members[name] == nil else { continue }
      let (value, json) = value()
      details[name] = value
      members[name] = json
    }
    var all: [String: CanonicalJSON] = ["action": .string(action), "actor": .object(who)]
    if let node { all["node"] = .string(node.hex) }
    if !members.isEmpty { all["details"] = .object(members) }
    return (AuditEvent(action: action, actor: actor, node: node, details: details), all)
  }
}

/// Canonical JSON written for clarity: what the writer under test is compared with.
private enum PlainJSON {
  static func text(_ value: CanonicalJSON) -> String {
    switch value {
    case .integer(let number): String(number)
    case .bool(let flag): flag ? "true" : "false"
    case .string(let text): quoted(text)
    case .array(let values): "[" + values.map(text).joined(separator: ",") + "]"
    case .object(let members):
      "{"
        + members.sorted { Array($0.key.utf16).lexicographicallyPrecedes(Array($1.key.utf16)) }
        .map { quoted($0.key) + ":" + text($0.value) }.joined(separator: ",") + "}"
    }
  }

  private static let short: [Unicode.Scalar: String] = [
    "\"": "\\\"", "\\": "\\\\", "\u{8}": "\\b", "\t": "\\t", "\n": "\\n", "\u{c}": "\\f",
    "\r": "\\r",
  ]

  private static func quoted(_ text: String) -> String {
    "\""
      + text.unicodeScalars.map { scalar in
        if let escape = short[scalar] { return escape }
        guard scalar.value < 0x20 else { return String(Character(scalar)) }
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined() + "\""
  }
}
