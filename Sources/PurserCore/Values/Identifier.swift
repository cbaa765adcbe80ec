/// A 16-byte name of something of one kind; people and JSON see 32 lower-case hex digits.
///
/// `Kind` keeps a hold's identifier from being taken for a node's.
public struct Identifier<Kind>: Sendable, Hashable, Comparable {
  private let high: UInt64
  private let low: UInt64

  /// The identifier with these bytes, or nil when they are not 16.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The identifier that begins with the low 48 bits of `milliseconds` and ends with the 10 bytes
  /// of `random`, which may have more: later ones sort behind earlier ones.
  public init(milliseconds: UInt64, random: Span<UInt8>) {
    high = milliseconds << 16 | UInt64(random[0]) << 8 | UInt64(random[1])
    var low: UInt64 = 0
    for index in 2..<10 { low = low << 8 | UInt64(random[index]) }
    self.low = low
  }

  /// The identifier that 32 lower-case hex digits spell, or nil.
  public init?(hex: some StringProtocol) {
    self.init(hexDigits: Array(hex.utf8).span)
  }

  /// The identifier that 32 lower-case hex digits in ASCII spell, or nil.
  public init?(hexDigits digits: Span<UInt8>) {
    guard digits.count == 32 else { return nil }
    var halves: (high: UInt64, low: UInt64) = (0, 0)
    for index in 0..<32 {
      let digit: UInt8
      switch digits[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = digits[index] - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = digits[index] - UInt8(ascii: "a") + 10
      default: return nil
      }
      if index < 16 {
        halves.high = halves.high << 4 | UInt64(digit)
      } else {
        halves.low = halves.low << 4 | UInt64(digit)
      }
    }
    (high, low) = halves
  }

  /// The first 16 bytes of a digest of at least 16.
  init(digest: [UInt8]) {
    high = digest[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
    low = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The 16 bytes as two words, the most significant first.
  public var words: (high: UInt64, low: UInt64) { (high, low) }

  /// The 16 bytes, most significant first.
  public var bytes: [UInt8] {
    (0..<16).map { index in
      UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - index % 8 * 8))
    }
  }

  /// 32 lower-case hex digits.
  public var hex: String {
    var digits: [UInt8] = []
    digits.reserveCapacity(32)
    appendHex(to: &digits)
    return String(decoding: digits, as: UTF8.self)
  }

  /// Appends 32 lower-case hex digits in ASCII.
  public func appendHex(to text: inout [UInt8]) {
    for half in [high, low] {
      for shift in stride(from: 60, through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: half >> UInt64(shift) & 15)
        text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }

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

/// Names one node of the tree of grants.
public typealias NodeID = Identifier<NodeTag>
/// Names one hold.
public typealias HoldID = Identifier<HoldTag>
/// Names one credential in the vault.
public typealias CredentialID = Identifier<CredentialTag>
