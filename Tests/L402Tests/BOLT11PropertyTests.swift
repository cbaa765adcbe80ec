import LibCrypto
import Testing

@testable import L402

@Suite struct BOLT11PropertyTests {
  private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l")
  /// One that is always the same, and one that is new in each run and stands in every failure.
  static let seeds: [UInt64] = [1, .random(in: 2 ... .max)]

  private static func randomDraft(_ random: inout InvoiceTestRandom) -> InvoiceDraft {
    let description = String(
      (0..<Int.random(in: 0...150, using: &random)).map { _ in
        Character(Unicode.Scalar(UInt16.random(in: 0...0xd7ff, using: &random)) ?? "?")
      })
    var draft = InvoiceDraft(
      network: BitcoinNetwork.allCases.randomElement(using: &random) ?? .bitcoin,
      amountMsat: random.flip()
        ? nil : .random(in: 1...InvoicePrefix.maximumAmountMsat, using: &random),
      timestampSeconds: .random(in: 0..<1 << 35, using: &random),
      paymentHash: random.bytes(32), paymentSecret: random.bytes(32),
      purpose: random.flip() ? .description(description) : .descriptionHash(random.bytes(32)))
    draft.expirySeconds =
      UInt64.random(in: 0 ... .max, using: &random) >> UInt64.random(in: 0...64, using: &random)
    draft.minFinalCLTV =
      UInt64.random(in: 0...1 << 40, using: &random) >> UInt64.random(in: 0...40, using: &random)
    draft.features = InvoiceFeatures.understood.filter { _ in random.flip() }.sorted()
    if random.flip() { draft.features.append(2 * Int.random(in: 30...2_000, using: &random) + 1) }
    draft.namesPayee = random.flip()
    draft.routeHints = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      (0..<Int.random(in: 1...12, using: &random)).map { _ in
        RouteHop(
          publicKey: random.bytes(33), shortChannelID: random.next(),
          feeBaseMsat: .random(in: 0 ... .max, using: &random),
          feeProportionalMillionths: .random(in: 0 ... .max, using: &random),
          cltvExpiryDelta: .random(in: 0 ... .max, using: &random))
      }
    }
    if random.flip() {
      draft.fallbackAddresses = [
        FallbackAddress(
          version: .random(in: 0...16, using: &random),
          program: random.bytes(.random(in: 2...40, using: &random))),
        FallbackAddress(version: 18, program: random.bytes(20)),
      ]
    }
    if random.flip() { draft.metadata = random.bytes(.random(in: 0...100, using: &random)) }
    return draft
  }

  @Test(arguments: seeds)
  func `what a draft says is what its invoice says`(seed: UInt64) throws {
    var random = InvoiceTestRandom(seed: seed)
    for round in 0..<60 {
      let draft = Self.randomDraft(&random)
      let key = random.bytes(32)
      let invoice = try draft.signed(privateKey: key)
      let context: Comment = "seed \(seed), round \(round): \(invoice.text)"
      #expect(try Invoice(decoding: invoice.text) == invoice, context)
      #expect(try Invoice(decoding: invoice.text.uppercased()) == invoice, context)
      #expect(invoice.network == draft.network, context)
      #expect(invoice.amountMsat == draft.amountMsat, context)
      #expect(invoice.timestampSeconds == draft.timestampSeconds, context)
      #expect(invoice.expirySeconds == draft.expirySeconds, context)
      #expect(invoice.paymentHash == draft.paymentHash, context)
      #expect(invoice.paymentSecret == draft.paymentSecret, context)
      switch draft.purpose {
      case .description(let text): #expect(invoice.description == text, context)
      case .descriptionHash(let hash): #expect(invoice.descriptionHash == hash, context)
      }
      #expect(invoice.payee == (try Secp256k1.publicKey(privateKey: key)), context)
      #expect(invoice.payeeIsExplicit == draft.namesPayee, context)
      #expect(invoice.minFinalCLTV == draft.minFinalCLTV, context)
      #expect(invoice.features == draft.features, context)
      #expect(invoice.routeHints == draft.routeHints, context)
      #expect(invoice.fallbackAddresses == draft.fallbackAddresses, context)
      #expect(invoice.metadata == draft.metadata, context)
    }
  }

  @Test func `any one character changed makes the checksum fail`() throws {
    let text = Array(try ForgedInvoice().text())
    for index in text.indices {
      for character in Self.alphabet + ["1", "b", "i", "o"] where character != text[index] {
        var changed = text
        changed[index] = character
        #expect(throws: InvoiceError.self, "at \(index): \(character)") {
          try Invoice(decoding: String(changed))
        }
      }
    }
  }

  @Test(arguments: seeds)
  func `data changed under a right checksum is refused or pays somebody else`(
    seed: UInt64
  ) throws {
    var random = InvoiceTestRandom(seed: seed)
    var refused = 0
    var read = 0
    for round in 0..<40 {
      let original = try Self.randomDraft(&random).signed(privateKey: random.bytes(32))
      let bech32 = try Bech32.decode(original.text)
      for _ in 0..<10 {
        var words = bech32.words
        words[Int.random(in: words.indices, using: &random)] ^= .random(in: 1...31, using: &random)
        let text = Bech32.encode(prefix: bech32.prefix, words: words)
        guard let changed = try? Invoice(decoding: text) else {
          refused += 1
          continue
        }
        read += 1
        // Where the payee is named, only the recovery id is not covered by the signature.
        let onlyIDChanged = words.dropLast(2) == bech32.words.dropLast(2)
        #expect(
          changed.payee != original.payee || original.payeeIsExplicit && onlyIDChanged,
          "seed \(seed), round \(round): \(text)")
      }
    }
    #expect(refused > 0 && read > 0)
  }

  @Test(arguments: seeds)
  func `no garbage traps`(seed: UInt64) throws {
    var random = InvoiceTestRandom(seed: seed)
    print("invoice garbage: seed \(seed)")
    let short = try InvoiceDraft.sample.signed(privateKey: random.bytes(32)).text
    let long = try Self.randomDraft(&random).signed(privateKey: random.bytes(32)).text
    for round in 0..<20_000 {
      let original = round.isMultiple(of: 10) ? long : short
      _ = try? Invoice(decoding: Self.mutated(original, &random))
    }
    for _ in 0..<2_000 {
      // Fields of random types and lengths, under a right checksum and a random signature.
      let words = (0..<Int.random(in: 100...400, using: &random)).map { _ in
        UInt8.random(in: 0...31, using: &random) & (random.flip() ? 31 : 1)
      }
      _ = try? Invoice(decoding: Bech32.encode(prefix: Array("lnbc".utf8), words: words))
    }
  }

  private static func mutated(_ text: String, _ random: inout InvoiceTestRandom) -> String {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let index = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0...3, using: &random) {
      case 0: bytes[index] = .random(in: 0...255, using: &random)
      case 1: bytes.insert(.random(in: 33...126, using: &random), at: index)
      case 2 where bytes.count > 1: bytes.remove(at: index)
      default: bytes = Array(bytes.prefix(max(index, 1)))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
