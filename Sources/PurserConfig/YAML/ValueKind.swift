internal import PurserCore

/// What a scalar may be, in words, and how its text becomes a value.
struct ValueKind<Value> {
  /// What is allowed, to follow `expected`.
  let expected: String
  /// Whether the text must stand without quotes, as numbers do.
  var isPlain = false
  /// The value that the text spells, or nil.
  let parse: (String) -> Value?
}

extension ValueKind where Value == UInt64 {
  /// A whole number, without quotes; single underscores may group its digits.
  static func number(_ range: ClosedRange<UInt64>) -> ValueKind {
    ValueKind(
      expected: "a whole number from \(range.lowerBound) to \(range.upperBound), without quotes",
      isPlain: true
    ) { text in Decimal.parse(text).flatMap { range.contains($0) ? $0 : nil } }
  }

  /// A duration, in seconds.
  static var duration: ValueKind {
    ValueKind(
      expected: "a duration from 1s to \(DurationText.maximumSeconds / 86_400)d, such as 10m, "
        + "1h30m or 30d", parse: DurationText.seconds)
  }

  /// A percentage from 0 to 100 with at most four decimals, in millionths.
  static var percentage: ValueKind {
    ValueKind(
      expected: "a percentage from 0 to 100, such as 1 or 0.5, without quotes and percent sign",
      isPlain: true, parse: Decimal.millionths)
  }
}

extension ValueKind where Value == UInt32 {
  /// The permissions of a socket, in octal.
  static var permissions: ValueKind {
    ValueKind(
      expected: "0600, 0660, 0060, 0666 or another octal mode of the digits 0 and 6 that lets "
        + "somebody in, without quotes", isPlain: true
    ) { text in
      guard text.utf8.count == 4, text.hasPrefix("0"),
        text.utf8.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "6") })
      else { return nil }
      return UInt32(text, radix: 8).flatMap { $0 == 0 ? nil : $0 }
    }
  }
}

extension ValueKind where Value == Msat {
  /// An amount with its unit.
  static var amount: ValueKind {
    ValueKind(
      expected: "an amount with its unit, such as 500sat, 250_000msat or 0.001btc",
      parse: Msat.init(text:))
  }

  /// An amount with its unit that is not zero.
  static var positiveAmount: ValueKind {
    ValueKind(
      expected: "an amount above zero with its unit, such as 500sat, 250_000msat or 0.001btc"
    ) { text in Msat(text: text).flatMap { $0 == .zero ? nil : $0 } }
  }
}

extension ValueKind where Value == String {
  /// The name of a service or a capability.
  static var name: ValueKind {
    ValueKind(
      expected: "a name of 1 to 64 letters, digits, _ - . that starts with a letter or digit"
    ) { ServiceName.isValid($0) ? $0 : nil }
  }

  /// The name or the number of a group of the system.
  static var account: ValueKind {
    ValueKind(expected: "the name of a group, or its number") { text in
      let isName = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
      return isName && (1...64).contains(text.utf8.count) && !text.hasPrefix("-") ? text : nil
    }
  }

  /// A path in the file system.
  static var path: ValueKind {
    ValueKind(expected: "a path, in which ~ is not expanded") { text in
      let isPath =
        (1...4095).contains(text.utf8.count) && !text.hasPrefix("~") && !text.hasSuffix("/")
        && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
      return isPath ? text : nil
    }
  }
}

extension ValueKind {
  /// One of a few words.
  static func word(_ words: [(text: String, value: Value)]) -> ValueKind {
    ValueKind(expected: alternatives(words.map(\.text))) { text in
      words.first { $0.text == text }?.value
    }
  }
}

extension ValueKind where Value: CaseIterable & RawRepresentable<String> {
  /// One of the words of an enumeration.
  static var choice: ValueKind { .word(Value.allCases.map { ($0.rawValue, $0) }) }
}
