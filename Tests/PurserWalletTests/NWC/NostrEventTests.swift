import LibCrypto
import Testing

@testable import PurserWallet

@Suite struct NostrEventTests {
  private func key() throws -> NostrKey { try NostrKey(hex: Hex.encode(randomBytes(32))) }

  @Test func `the canonical form escapes seven characters and no other`() throws {
    let event = NostrEvent(
      id: "", publicKey: "ab", createdAt: 5, kind: 1, tags: [["e", "x\"y"], [], ["p"]],
      content: "a\n\"\\\r\t\u{8}\u{c}/\u{1}é\u{2028}", signature: "")
    #expect(
      String(decoding: event.canonicalBytes, as: UTF8.self)
        == #"[0,"ab",5,1,[["e","x\"y"],[],["p"]],"a\n\"\\\r\t\b\f/"# + "\u{1}é\u{2028}\"]")
  }

  // The info event that NIP-47 prints in its appendix is not signed over what it shows; this one is
  // from a key and a content of our own, its hash computed with Python's hashlib.
  @Test func `the id is the hash of the canonical form`() {
    let event = NostrEvent(
      id: "", publicKey: String(repeating: "a", count: 64), createdAt: 1_700_000_000, kind: 23_194,
      tags: [["p", "b"]], content: "é\n", signature: "")
    #expect(
      Hex.encode(event.hash) == "ed5ed31f1b73f4023346f17549d9e57394a13c2ad876735285641657b997f6f9")
  }

  @Test func `a signed event is authentic, and no changed one is`() throws {
    let event = try key().event(kind: 7, tags: [["a", "b"]], content: "c", createdAt: 9)
    #expect(event.isAuthentic)
    #expect(event.id.utf8.count == 64 && event.signature.utf8.count == 128)
    func changed(
      _ publicKey: String? = nil, time: UInt64 = 9, kind: UInt32 = 7,
      tags: [[String]] = [["a", "b"]], content: String = "c"
    ) -> NostrEvent {
      NostrEvent(
        id: event.id, publicKey: publicKey ?? event.publicKey, createdAt: time, kind: kind,
        tags: tags, content: content, signature: event.signature)
    }
    #expect(changed() == event)
    for event in [
      changed(try key().publicKey), changed(time: 10), changed(kind: 8), changed(tags: []),
      changed(content: "d"), changed(""), changed("zz"), changed(event.publicKey.uppercased()),
    ] { #expect(!event.isAuthentic) }
    // The hash of the changed text does not help without its signature.
    var forged = changed(content: "d")
    forged.id = Hex.encode(forged.hash)
    #expect(!forged.isAuthentic)
  }

  @Test(arguments: [
    "{}", "[]", #"["EVENT","x"]"#, #"["EVENT",1,{}]"#,
    #"["EVENT","x",{"id":"","pubkey":"","created_at":-1,"kind":1,"tags":[],"content":"","sig":""}]"#,
    #"["EVENT","x",{"id":"","pubkey":"","created_at":1,"kind":1,"tags":[[1]],"content":"","sig":""}]"#,
    #"["EVENT","x",{"id":"","pubkey":"","created_at":1,"kind":1,"tags":[null],"content":"","sig":""}]"#,
    #"["EVENT","x",{"id":"","pubkey":"","created_at":1e99,"kind":1,"tags":[],"content":"","sig":""}]"#,
    #"["OK"]"#, #"["OK","x",1]"#, #"["EOSE",{}]"#, #"["AUTH",{}]"#, "\"EOSE\"", "\u{0}", "",
  ])
  func `what is no message of a relay reads as none`(text: String) {
    #expect(RelayMessage(decoding: Array(text.utf8)) == nil)
  }

  @Test func `messages of a relay are read, with or without its words`() {
    let messages: [(String, RelayMessage)] = [
      (#"["EOSE","a"]"#, .stored(subscription: "a")),
      (#"["CLOSED","a","b\u0007c"]"#, .closed(subscription: "a", "bc")),
      (#"["CLOSED","a"]"#, .closed(subscription: "a", "")),
      (#"["OK","a",true,""]"#, .taken(event: "a", true, "")),
      (#"["OK","a",false,"no"]"#, .taken(event: "a", false, "no")),
      (#"["OK","a",false]"#, .taken(event: "a", false, "")),
      (#"["AUTH","c"]"#, .challenge("c")), (#"["NOTICE","n"]"#, .notice("n")),
      (#"["EOSE","a","and more"]"#, .stored(subscription: "a")),
    ]
    for (text, message) in messages { #expect(RelayMessage(decoding: Array(text.utf8)) == message) }
    let long = #"["NOTICE",""# + String(repeating: "x", count: 5_000) + #""]"#
    #expect(
      RelayMessage(decoding: Array(long.utf8)) == .notice(String(repeating: "x", count: 200)))
  }

  @Test func `keys that are none are refused`() {
    for hex in [
      "", "00", "zz", String(repeating: "0", count: 64), String(repeating: "f", count: 64),
      String(repeating: "1", count: 66),
    ] { #expect(throws: Secp256k1Error.self) { try NostrKey(hex: hex) } }
  }
}
