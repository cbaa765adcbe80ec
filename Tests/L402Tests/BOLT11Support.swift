import LibCrypto

@testable import L402

/// SplitMix64: a random source that a seed repeats.
struct InvoiceTestRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  mutating func flip() -> Bool { Bool.random(using: &self) }
}

/// An invoice put together word by word, so that it can be wrong in just one way.
struct ForgedInvoice {
  static let privateKey = [UInt8](repeating: 0x42, count: 32)

  var prefix = "lnbc1m"
  var timestamp = FiveBitWords.words(1_700_000_000, count: 7)
  var fields: [(type: UInt8, words: [UInt8])] = [
    (InvoiceField.paymentHash.type, hash(1)),
    (InvoiceField.paymentSecret.type, hash(2)),
    (InvoiceField.description.type, FiveBitWords.words(Array("coffee".utf8))),
  ]
  var trailingWords: [UInt8] = []
  var signatureWords: [UInt8]?

  static func hash(_ byte: UInt8) -> [UInt8] {
    FiveBitWords.words([UInt8](repeating: byte, count: 32))
  }

  static func with(_ change: (inout ForgedInvoice) -> Void) -> ForgedInvoice {
    var invoice = ForgedInvoice()
    change(&invoice)
    return invoice
  }

  static func adding(_ field: InvoiceField, _ words: [UInt8]) -> ForgedInvoice {
    with { $0.fields.append((field.type, words)) }
  }

  static func without(_ field: InvoiceField) -> ForgedInvoice {
    with { $0.fields.removeAll { $0.type == field.type } }
  }

  /// Everything before the signature.
  var data: [UInt8] {
    timestamp
      + fields.flatMap { field in
        [field.type, UInt8(field.words.count >> 5), UInt8(field.words.count & 31)] + field.words
      } + trailingWords
  }

  func text() throws -> String {
    let digest = InvoiceLayout.digest(prefix: Array(prefix.utf8), words: data)
    let signature = try InvoiceSignature(digest: digest, privateKey: Self.privateKey)
    return Bech32.encode(
      prefix: Array(prefix.utf8), words: data + (signatureWords ?? signature.words))
  }
}
