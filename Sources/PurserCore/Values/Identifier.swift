internal import LibCrypto

/// A 16-byte name of something of one kind; people and JSON see 32 lower-case hex digits.
///
/// `Kind` keeps a hold's identifier from being taken for a node's.
public struct Identifier<Kind>: Sendable, Hashable, Comparable {
  let high: UInt64
  let low: UInt64

  /// The identifier with these bytes, or nil when they are not 16.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.init(prefix: bytes.span)
  }

  /// The identifier that begins with the low 48 bits of `milliseconds` and ends with the 10 bytes
  /// of `random`, which may have more: later ones sort behind earlier ones.
  public init(milliseconds: UInt64, random: Span<UInt8>) {
    high = milliseconds << 16 | UInt64(random[0]) << 8 | UInt64(random[1])
    var low: UInt64 = 0
    for index in 2..<10 { low = low << 8 | UInt64(random[index]) }
    self.low = low
  }

  /// As above; the one for arrays is many times as fast, and a start reads a million of these.
  public init?(bytes: some Collection<UInt8>) { self.init(bytes: Array(bytes)) }

  /// The identifier that 32 lower-case hex digits spell, or nil.
  public init?(hex: some StringProtocol) {
    guard let identifier = withSpan(of: hex.utf8, { Identifier(hexDigits: $0) }) else { return nil }
    self = identifier
  }

  /// The identifier that 32 lower-case hex digits in ASCII spell, or nil.
  public init?(hexDigits digits: Span<UInt8>) {
    guard digits.count == 32, let high = Self.word(digits.extracting(first: 16)),
      let low = Self.word(digits.extracting(last: 16))
    else { return nil }
    self.high = high
    self.low = low
  }

  /// The identifier that 32 lower-case hex digits in UTF-8 spell, or nil.
  init?(hexDigits: ArraySlice<UInt8>) {
    guard hexDigits.count == 32 else { return nil }
    var halves: (high: UInt64, low: UInt64) = (0, 0)
    for digit in hexDigits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      halves.high = halves.high << 4 | halves.low >> 60
      halves.low = halves.low << 4 | UInt64(value)
    }
    (high, low) = halves
  }

  /// The first 16 bytes of a digest of at least 16.
  init(digest: [UInt8]) { self.init(prefix: digest.span) }

  /// The first 16 bytes of at least 16.
  private init(prefix bytes: Span<UInt8>) {
    var (high, low): (UInt64, UInt64) = (0, 0)
    for index in 0..<8 {
      high = high << 8 | UInt64(bytes[index])
      low = low << 8 | UInt64(bytes[index + 8])
    }
    self.high = high
    self.low = low
  }

  /// The number that lower-case hex digits spell.
  private static func word(_ digits: Span<UInt8>) -> UInt64? {
    var word: UInt64 = 0
    for index in digits.indices {
      let digit = digits[index]
      guard let value = Hex.value(of: digit), digit < UInt8(ascii: "A") || digit > UInt8(ascii: "F")
      else { return nil }
      word = word << 4 | UInt64(value)
    }
    return word
  }

  /// The 16 bytes as two words, the most significant first.
  public var words: (high: UInt64, low: UInt64) { (high, low) }

  /// The 16 bytes, most significant first.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: high >> shift))
    }
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: low >> shift))
    }
    return bytes
  }

  /// 32 lower-case hex digits.
  public var hex: String { Hex.encode(inlineBytes.span) }

  /// Appends 32 lower-case hex digits to `text`.
  public func appendHex(to text: inout [UInt8]) { Hex.append(inlineBytes.span, to: &text) }

  private var inlineBytes: InlineArray<16, UInt8> {
    var bytes = InlineArray<16, UInt8>(repeating: 0)
    for index in 0..<8 {
      let shift = UInt64(56 - index * 8)
      bytes[index] = UInt8(truncatingIfNeeded: high >> shift)
      bytes[index + 8] = UInt8(truncatingIfNeeded: low >> shift)
    }
    return bytes
  }

  /// Feeds half of the bytes: they are random, or come out of a hash, and every table of the ledger
  /// is looked up by them.
  public func hash(into hasher: inout Hasher) { hasher.combine(low) }

  /// Whether the bytes of `left` come first.
  public static func < (left: Identifier, right: Identifier) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

extension Identifier: CustomStringConvertible {
  /// 32 lower-case hex digits.
  public var description: String { hex }
}

extension Identifier: Codable {
  /// Reads 32 lower-case hex digits.
  /// - Throws: `DecodingError` for anything else.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let identifier = Self(hex: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "an id is 32 lower-case hex digits")
    }
    self = identifier
  }

  /// Writes 32 lower-case hex digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}

/// The kind of ``NodeID``.
public enum NodeTag: Sendable {}
/// The kind of ``HoldID``.
public enum HoldTag: Sendable {}
/// The kind of ``CredentialID``.
public enum CredentialTag: Sendable {}
/// The kind of ``ApprovalID``.
public enum ApprovalTag: Sendable {}

/// Names one node of the tree of grants.
public typealias NodeID = Identifier<NodeTag>
/// Names one hold.
public typealias HoldID = Identifier<HoldTag>
/// Names one credential in the vault.
public typealias CredentialID = Identifier<CredentialTag>
/// Names one payment that waits for an operator.
public typealias ApprovalID = Identifier<ApprovalTag>
