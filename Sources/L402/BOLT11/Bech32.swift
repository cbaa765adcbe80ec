/// Bech32 (BIP 173) without its limit of 90 characters, which BOLT 11 lifts.
enum Bech32 {
  /// What fits in the largest QR code as digits, and the bound that other readers use.
  static let maximumLength = 7_089

  private static let checksumLength = 6
  private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
  private static let values: [UInt8?] = {
    var values = [UInt8?](repeating: nil, count: 256)
    for (value, symbol) in alphabet.enumerated() { values[Int(symbol)] = UInt8(value) }
    return values
  }()

  /// A text taken apart: its lower-case form, the part before the separator, and the data as
  /// groups of five bits, without the checksum.
  struct Decoded {
    let text: String
    let prefix: [UInt8]
    let words: [UInt8]
  }

  static func decode(_ text: String) throws(InvoiceError) -> Decoded {
    guard text.utf8.count <= maximumLength else { throw .tooLong }
    let symbols = try lowercased(Array(text.utf8))
    guard let separator = symbols.lastIndex(of: UInt8(ascii: "1")), separator > 0 else {
      throw .missingSeparator
    }
    let prefix = Array(symbols[..<separator])
    var words: [UInt8] = []
    words.reserveCapacity(symbols.count - separator)
    for symbol in symbols[(separator + 1)...] {
      guard let value = values[Int(symbol)] else { throw .invalidCharacter }
      words.append(value)
    }
    guard words.count >= checksumLength else { throw .tooShort }
    guard checksum(prefix: prefix, words: words) == 1 else { throw .badChecksum }
    return Decoded(
      text: String(decoding: symbols, as: UTF8.self), prefix: prefix,
      words: Array(words.dropLast(checksumLength)))
  }

  static func encode(prefix: [UInt8], words: [UInt8]) -> String {
    let padded = words + [UInt8](repeating: 0, count: checksumLength)
    let sum = checksum(prefix: prefix, words: padded) ^ 1
    let tail = (0..<checksumLength).map { UInt8(sum >> (5 * (5 - UInt32($0))) & 31) }
    let symbols = (words + tail).map { alphabet[Int($0 & 31)] }
    return String(decoding: prefix + [UInt8(ascii: "1")] + symbols, as: UTF8.self)
  }

  private static func lowercased(_ symbols: [UInt8]) throws(InvoiceError) -> [UInt8] {
    var hasUpper = false
    var hasLower = false
    var result: [UInt8] = []
    result.reserveCapacity(symbols.count)
    for symbol in symbols {
      switch symbol {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        hasUpper = true
        result.append(symbol | 0x20)
      case UInt8(ascii: "a")...UInt8(ascii: "z"):
        hasLower = true
        result.append(symbol)
      case 33...126: result.append(symbol)
      default: throw .invalidCharacter
      }
    }
    guard !(hasUpper && hasLower) else { throw .mixedCase }
    return result
  }

  /// The remainder of BIP 173's code; it is 1 when the last six words are the right checksum.
  private static func checksum(prefix: [UInt8], words: [UInt8]) -> UInt32 {
    var state: UInt32 = 1
    for byte in prefix { step(&state, byte >> 5) }
    step(&state, 0)
    for byte in prefix { step(&state, byte & 31) }
    for word in words { step(&state, word) }
    return state
  }

  private static let generators: [UInt32] = [
    0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3,
  ]
  /// What the five bits that leave the state put back into it.
  private static let feedback: [UInt32] = (0..<32).map { (top: UInt32) in
    generators.enumerated().reduce(0) { sum, generator in
      top >> UInt32(generator.offset) & 1 == 1 ? sum ^ generator.element : sum
    }
  }

  private static func step(_ state: inout UInt32, _ word: UInt8) {
    let top = Int(state >> 25)
    state = (state & 0x1ff_ffff) << 5 ^ UInt32(word) ^ feedback[top]
  }
}
