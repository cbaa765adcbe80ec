internal import LibCrypto

/// One condition of a grant token, `condition=value`.
///
/// The grammar is strict, since a token that is read in two ways is two tokens: split at the first
/// `=`; ASCII except in a name; no spaces; decimals without sign or leading zero, 0 to 2^53−1; no
/// repeated list items; an empty list means none.
public enum GrantCaveat: Sendable, Equatable {
  /// Opens a new level: the caveats after it bind this level and those below. 16 random bytes.
  case grant([UInt8])
  /// What people see; never used for a decision. 1 to 64 bytes of UTF-8.
  case name(String)
  /// The most that this level and all below it may have settled and held, in all.
  case spend(Msat)
  /// The most that this level and all below it may spend in each window; it has a window.
  case spendPer(SpendLimit)
  /// The most that one payment or hold may be, routing fee included.
  case payment(Msat)
  /// The only services that may be used.
  case services([String])
  /// The only capabilities that may be used of one service.
  case capabilities(service: String, [String])
  /// The token is good before this time, in Unix seconds.
  case validUntil(UInt64)
  /// How many levels may still be opened below.
  case depth(UInt64)
  /// The only methods that may be called: names, or `spend.*` for all that begin so.
  case methods([String])
  /// How many operations of this level and all below it are admitted in each window.
  case calls(CallLimit)
  /// A payment above it waits for an operator; with a window, one with which more than that would
  /// be spent in it.
  case approveAbove(SpendLimit)
  /// The process on the other end of the socket.
  case peer(PeerBinding)
}

/// Why a caveat refuses its token.
public enum GrantCaveatError: Error, Equatable, Sendable {
  /// Not `condition=value`.
  case noValue
  /// A condition that Purser does not know.
  case unknownCondition(String)
  /// A value that the condition does not take.
  case badValue(condition: String)
}

extension GrantCaveat {
  /// The longest name, in bytes of UTF-8.
  public static let maximumNameLength = 64
  /// The most items in one list of services or capabilities.
  public static let maximumListCount = 256

  private static let capabilitiesSuffix = "_capabilities"

  /// Reads one caveat.
  /// - Throws: ``GrantCaveatError``; every one of them refuses the whole token.
  public init(parsing bytes: [UInt8]) throws(GrantCaveatError) {
    try self.init(parsing: bytes[...])
  }

  /// Reads one caveat where it stands in a token.
  /// - Throws: ``GrantCaveatError``; every one of them refuses the whole token.
  public init(parsing bytes: ArraySlice<UInt8>) throws(GrantCaveatError) {
    guard let separator = bytes.firstIndex(of: UInt8(ascii: "=")),
      Self.isASCII(bytes[..<separator])
    else { throw .noValue }
    let condition = String(decoding: bytes[..<separator], as: UTF8.self)
    let value = bytes[(separator + 1)...]
    if condition == "name" {
      self = .name(try Self.name(value))
      return
    }
    guard Self.isASCII(value) else { throw .badValue(condition: condition) }
    self = try Self.parse(condition: condition, value: value)
  }

  private static func parse(
    condition: String, value: ArraySlice<UInt8>
  ) throws(GrantCaveatError) -> GrantCaveat {
    switch condition {
    case "grant":
      guard let id = NodeID(hexDigits: value.span) else { throw .badValue(condition: condition) }
      return .grant(id.bytes)
    case "spend_msat":
      let limit = try limit(value, of: condition)
      return limit.window == nil ? .spend(limit.amount) : .spendPer(limit)
    case "payment_msat":
      return .payment(try amount(value, of: condition))
    case "services":
      return .services(try list(value, of: condition))
    case "valid_until":
      return .validUntil(try amount(value, of: condition).value)
    case "depth":
      return .depth(try amount(value, of: condition).value)
    case "methods":
      return .methods(try list(value, of: condition, isItem: MethodPattern.isValid))
    case "calls":
      guard let limit = CallLimit(String(decoding: value, as: UTF8.self)) else {
        throw .badValue(condition: condition)
      }
      return .calls(limit)
    case "approve_above_msat":
      return .approveAbove(try limit(value, of: condition))
    case "peer":
      guard let binding = PeerBinding(String(decoding: value, as: UTF8.self)) else {
        throw .badValue(condition: condition)
      }
      return .peer(binding)
    case let other where other.hasSuffix(capabilitiesSuffix):
      let service = String(other.dropLast(capabilitiesSuffix.count))
      guard ServiceName.isValid(service) else { throw .unknownCondition(other) }
      return .capabilities(service: service, try list(value, of: condition))
    default:
      throw .unknownCondition(condition)
    }
  }

  /// The caveat as it stands in a token.
  public var text: String {
    switch self {
    case .grant(let id): "grant=\(NodeID(bytes: id)?.hex ?? "")"
    case .name(let name): "name=\(name)"
    case .spend(let amount): "spend_msat=\(amount.value)"
    case .spendPer(let limit): "spend_msat=\(limit.text)"
    case .payment(let amount): "payment_msat=\(amount.value)"
    case .services(let names): "services=\(names.joined(separator: ","))"
    case .capabilities(let service, let names):
      "\(service)\(Self.capabilitiesSuffix)=\(names.joined(separator: ","))"
    case .validUntil(let seconds): "valid_until=\(seconds)"
    case .depth(let levels): "depth=\(levels)"
    case .methods(let patterns): "methods=\(patterns.joined(separator: ","))"
    case .calls(let limit): "calls=\(limit.text)"
    case .approveAbove(let limit): "approve_above_msat=\(limit.text)"
    case .peer(let binding): "peer=\(binding.text)"
    }
  }

  /// Whether `bytes` are visible ASCII.
  private static func isASCII(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { $0 > 0x20 && $0 < 0x7f }
  }

  private static func name(_ bytes: ArraySlice<UInt8>) throws(GrantCaveatError) -> String {
    guard (1...maximumNameLength).contains(bytes.count),
      let name = String(validating: bytes, as: UTF8.self)
    else { throw .badValue(condition: "name") }
    return name
  }

  private static func amount(
    _ digits: ArraySlice<UInt8>, of condition: String
  ) throws(GrantCaveatError) -> Msat {
    guard let value = decimal(digits), let amount = Msat(value) else {
      throw .badValue(condition: condition)
    }
    return amount
  }

  private static func limit(
    _ text: ArraySlice<UInt8>, of condition: String
  ) throws(GrantCaveatError) -> SpendLimit {
    // A plain number is by far the most common.
    guard text.contains(UInt8(ascii: "/")) else {
      return SpendLimit(try amount(text, of: condition))
    }
    guard let limit = SpendLimit(String(decoding: text, as: UTF8.self)) else {
      throw .badValue(condition: condition)
    }
    return limit
  }

  /// The number that 1 to 16 decimal digits without a leading zero spell.
  private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard (1...16).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0")
    else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + UInt64(digit - UInt8(ascii: "0"))
    }
    return number
  }

  private static func list(
    _ text: ArraySlice<UInt8>, of condition: String,
    isItem: (Span<UInt8>) -> Bool = ServiceName.isValid
  ) throws(GrantCaveatError) -> [String] {
    var items: [String] = []
    guard !text.isEmpty else { return items }
    var rest: ArraySlice<UInt8>? = text
    while let list = rest {
      let comma = list.firstIndex(of: UInt8(ascii: ","))
      let item = list[..<(comma ?? list.endIndex)]
      guard items.count < maximumListCount, isItem(item.span) else {
        throw .badValue(condition: condition)
      }
      items.append(String(decoding: item, as: UTF8.self))
      rest = comma.map { list[($0 + 1)...] }
    }
    guard !repeats(items) else { throw .badValue(condition: condition) }
    return items
  }

  /// Whether an item is there twice; a few items are compared without making a set of them.
  private static func repeats(_ items: [String]) -> Bool {
    guard items.count <= 8 else { return Set(items).count != items.count }
    return items.indices.contains { items[..<$0].contains(items[$0]) }
  }
}

/// The names of services and capabilities: 1 to 64 of `a-z A-Z 0-9 _ - .`, a letter or digit first.
public enum ServiceName {
  /// Whether `name` is one.
  public static func isValid(_ name: String) -> Bool { withSpan(of: name.utf8) { isValid($0) } }

  /// Whether `name`, in UTF-8, is one.
  static func isValid(_ name: Span<UInt8>) -> Bool {
    guard (1...64).contains(name.count), isAlphanumeric(name[0]) else { return false }
    for index in name.indices where !isAlphanumeric(name[index]) {
      switch name[index] {
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): continue
      default: return false
      }
    }
    return true
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

extension GrantCaveatError: CustomStringConvertible {
  /// What is wrong with the caveat; its value is not repeated.
  public var description: String {
    switch self {
    case .noValue: "not of the form condition=value in ASCII"
    case .unknownCondition(let condition): "unknown condition '\(condition)'"
    case .badValue(let condition): "'\(condition)' does not take this value"
    }
  }
}
