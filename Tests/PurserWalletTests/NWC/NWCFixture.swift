import Foundation
import L402
import LibCrypto
import PurserCore
import Testing

@testable import PurserWallet

/// A wallet that a scripted relay plays: its key, a client's key, an order, and answers that fit.
struct NWCFixture: Sendable {
  let walletKey: NostrKey
  let clientSecret: String
  let clientKey: NostrKey
  let cipher: NWCCipher
  let preimage: [UInt8]
  let order: PaymentOrder
  var encryptionTag: String? = "nip44_v2 nip04"
  var encryption = NWCEncryption.nip44
  var methods =
    "pay_invoice lookup_invoice make_invoice list_transactions get_balance get_info notifications"

  static let now: UInt64 = 1_800_000_000

  init() throws {
    walletKey = try NostrKey(hex: Hex.encode(randomBytes(32)))
    clientSecret = Hex.encode(randomBytes(32))
    clientKey = try NostrKey(hex: clientSecret)
    cipher = try NWCCipher(key: walletKey, wallet: clientKey.publicKey)
    preimage = randomBytes(32)
    let draft = InvoiceDraft(
      network: .bitcoin, amountMsat: 21_000, timestampSeconds: 1_700_000_000,
      paymentHash: SHA256.hash(preimage), paymentSecret: randomBytes(32),
      purpose: .description("data"))
    let invoice = try draft.signed(privateKey: [UInt8](repeating: 7, count: 32))
    order = PaymentOrder(
      invoice: invoice, amount: try amount(21_000), feeLimit: try amount(2_000))
  }

  var hash: String { Hex.encode(order.invoice.paymentHash) }

  /// Patient where the test waits for an answer that comes, quick where none will.
  static let patient = NWCSettings(
    answerPatience: .seconds(600), connectPatience: .seconds(600), relayPatience: .seconds(600),
    pingInterval: .seconds(3600))
  /// Each relay is tried once.
  static let hasty = NWCSettings(
    answerPatience: .seconds(600), connectPatience: .zero, relayPatience: .seconds(600),
    pingInterval: .seconds(3600))

  func wallet(_ relays: [String], settings: NWCSettings = Self.patient) throws -> NWCWallet {
    let list = relays.map { "relay=\($0)" }.joined(separator: "&")
    return try NWCWallet(
      uri: "nostr+walletconnect://\(walletKey.publicKey)?\(list)&secret=\(clientSecret)",
      settings: settings, now: { Timestamp(seconds: Self.now) })
  }

  func wallet(_ relay: ScriptedRelay, settings: NWCSettings = Self.patient) throws -> NWCWallet {
    try wallet([relay.url], settings: settings)
  }

  // MARK: What the wallet says

  /// What the relay hands over of the wallet's info event.
  func offer(to said: ScriptedRelay.Said) throws -> [ScriptedRelay.Action] {
    let tags = encryptionTag.map { [["encryption", $0]] } ?? []
    let event = try walletKey.event(
      kind: NWCOffer.kind, tags: tags, content: methods, createdAt: Self.now)
    return [
      .text(try Self.json(["EVENT", said.name, Self.object(event)])),
      .text(try Self.json(["EOSE", said.name])),
    ]
  }

  /// What a request says.
  func decrypted(_ request: NostrEvent) throws -> (method: String, params: [String: Any]) {
    let text = try cipher.decrypt(request.content, encryption)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
    return (
      try #require(object["method"] as? String), try #require(object["params"] as? [String: Any])
    )
  }

  /// The wallet's answer to `request`, or what looks like one, by what the parameters change.
  func answer(
    _ plaintext: String, to request: NostrEvent, signedBy key: NostrKey? = nil,
    kind: UInt32 = NWCKind.response, tags: [[String]]? = nil
  ) throws -> NostrEvent {
    try (key ?? walletKey).event(
      kind: kind, tags: tags ?? [["p", clientKey.publicKey], ["e", request.id]],
      content: try cipher.encrypt(Array(plaintext.utf8), encryption), createdAt: Self.now)
  }

  func paid(fee: String = #","fees_paid":1500"#, preimage: String? = nil) -> String {
    let preimage = preimage ?? Hex.encode(self.preimage)
    return
      #"{"result_type":"pay_invoice","error":null,"result":{"preimage":"\#(preimage)"\#(fee)}}"#
  }

  static func error(_ method: String, _ code: String, _ message: String = "no") -> String {
    #"{"result_type":"\#(method)","error":{"code":"\#(code)","message":"\#(message)"},"result":null}"#
  }

  static func result(_ method: String, _ json: String) -> String {
    #"{"result_type":"\#(method)","error":null,"result":\#(json)}"#
  }

  /// A payment as a wallet lists it.
  func transaction(
    type: String = "outgoing", state: String? = "settled", settledAt: UInt64? = Self.now,
    preimage: String?? = .none, fee: UInt64? = 1500, hash: String? = nil,
    createdAt: UInt64 = Self.now
  ) -> String {
    var fields = [
      #""type":"\#(type)""#, #""payment_hash":"\#(hash ?? self.hash)""#, #""amount":21000"#,
      #""created_at":\#(createdAt)"#, #""metadata":{}"#,
    ]
    if let state { fields.append(#""state":"\#(state)""#) }
    if let settledAt { fields.append(#""settled_at":\#(settledAt)"#) }
    if let fee { fields.append(#""fees_paid":\#(fee)"#) }
    switch preimage {
    case .none: fields.append(#""preimage":"\#(Hex.encode(self.preimage))""#)
    case .some(let text?): fields.append(#""preimage":"\#(text)""#)
    case .some(nil): break
    }
    return "{" + fields.joined(separator: ",") + "}"
  }

  // MARK: The relay

  /// A relay that knows the wallet, takes every request, and hands over what `reply` makes of it.
  func relay(
    greeting: [ScriptedRelay.Action] = [],
    reply: @escaping @Sendable (NostrEvent) throws -> [NostrEvent]
  ) async throws -> ScriptedRelay {
    try await relay(
      greeting: greeting,
      acting: { request, name in
        try reply(request).map { .text(try Self.json(["EVENT", name, Self.object($0)])) }
      })
  }

  /// A relay that knows the wallet and does what `acting` says with a request and the name of the
  /// subscription for its answer.
  func relay(
    greeting: [ScriptedRelay.Action] = [],
    acting: @escaping @Sendable (NostrEvent, String) throws -> [ScriptedRelay.Action]
  ) async throws -> ScriptedRelay {
    let names = Names()
    return try await ScriptedRelay.start(greeting: greeting) { said in
      do {
        if said.isOfferRequest { return try offer(to: said) }
        if said.isAnswerRequest {
          names.note(said)
          return [.text(try Self.json(["EOSE", said.name]))]
        }
        guard said.word == "EVENT", let event = said.event, let name = names.name(for: event) else {
          return []
        }
        return [.text(try Self.json(["OK", event.id, true, ""]))] + (try acting(event, name))
      } catch {
        Issue.record(error)
        return [.close]
      }
    }
  }

  /// A relay behind which the wallet answers each method with this plaintext.
  func relay(
    answering answers: @escaping @Sendable (String, [String: Any]) -> String?
  ) async throws -> ScriptedRelay {
    try await relay(reply: { request in
      let (method, params) = try decrypted(request)
      return try answers(method, params).map { [try answer($0, to: request)] } ?? []
    })
  }

  static func object(_ event: NostrEvent) throws -> Any {
    try JSONSerialization.jsonObject(with: try JSONEncoder().encode(event))
  }

  static func json(_ value: [Any]) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
  }
}

/// Which subscription waits for the answer to which request.
private final class Names: @unchecked Sendable {
  private let lock = NSLock()
  private var texts: [(text: String, name: String)] = []

  func note(_ said: ScriptedRelay.Said) {
    lock.withLock { texts.append((said.text, said.name)) }
  }

  func name(for event: NostrEvent) -> String? {
    lock.withLock { texts.last { $0.text.contains(event.id) }?.name }
  }
}
