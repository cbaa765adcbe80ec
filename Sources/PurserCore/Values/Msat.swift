/// An amount of money in integer millisatoshi, 0 to 2^53−1.
///
/// The bound keeps every amount exact in JSON numbers and in RFC 8785; more than all bitcoin that
/// will ever be fits 4,000 times over. Arithmetic is checked: a result out of range is nil.
public struct Msat: Sendable, Hashable, Comparable {
  /// The amount, in millisatoshi.
  public let value: UInt64

  /// No money.
  public static let zero = Msat(unchecked: 0)
  /// The largest amount, 2^53−1 millisatoshi.
  public static let max = Msat(unchecked: (1 << 53) - 1)

  private init(unchecked value: UInt64) { self.value = value }

  /// An amount of `value` millisatoshi; nil above 2^53−1.
  public init?(_ value: UInt64) {
    guard value <= Msat.max.value else { return nil }
    self.value = value
  }

  /// The sum, or nil when it leaves the range.
  public func adding(_ other: Msat) -> Msat? { Msat(value + other.value) }

  /// The difference, or nil when `other` is greater.
  public func subtracting(_ other: Msat) -> Msat? {
    value >= other.value ? Msat(unchecked: value - other.value) : nil
  }

  /// The difference, or zero when `other` is greater.
  public func subtractingToZero(_ other: Msat) -> Msat { subtracting(other) ?? .zero }

  /// Whether `left` is less money.
  public static func < (left: Msat, right: Msat) -> Bool { left.value < right.value }
}

extension Msat: CustomStringConvertible {
  /// The amount as people write it: whole satoshi where it is whole, else millisatoshi.
  public var description: String {
    value.isMultiple(of: 1000) ? "\(value / 1000)sat" : "\(value)msat"
  }
}

extension Msat {
  /// The amount that `text` spells: `500sat`, `250_000msat`, `0.001btc`; a bare number has no
  /// unit and is refused.
  ///
  /// Nil for anything else, for a fraction of a millisatoshi, and above 2^53−1.
  public init?(text: some StringProtocol) {
    let units: [(suffix: String, exponent: Int)] = [("msat", 0), ("sat", 3), ("btc", 11)]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    let number = text.dropLast(unit.suffix.count)
    let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, let wholeDigits = Self.digits(whole) else { return nil }
    var fraction: [UInt64] = []
    if parts.count == 2 {
      guard let digits = Self.digits(parts[1]), digits.count <= unit.exponent else { return nil }
      fraction = digits
    }
    fraction += [UInt64](repeating: 0, count: unit.exponent - fraction.count)
    var value: UInt64 = 0
    for digit in wholeDigits + fraction {
      value = value * 10 + digit
      guard value <= Msat.max.value else { return nil }
    }
    self.init(value)
  }

  /// One or more decimal digits, with single underscores allowed between them.
  private static func digits(_ text: some StringProtocol) -> [UInt64]? {
    var digits: [UInt64] = []
    var lastWasDigit = false
    for symbol in text.utf8 {
      if symbol == UInt8(ascii: "_"), lastWasDigit {
        lastWasDigit = false
        continue
      }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(symbol) else { return nil }
      digits.append(UInt64(symbol - UInt8(ascii: "0")))
      lastWasDigit = true
    }
    return lastWasDigit ? digits : nil
  }
}

extension Msat: Codable {
  /// Reads a whole number of millisatoshi.
  /// - Throws: `DecodingError` when it is not a number from 0 to 2^53−1.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let amount = Msat(try container.decode(UInt64.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "an amount is at most 2^53-1 msat")
    }
    self = amount
  }

  /// Writes the number of millisatoshi.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}
