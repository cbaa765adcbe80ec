internal import PurserCore

/// What a scalar may be, in words, and how its text becomes a value.
struct ValueKind<Value> {
  /// What is allowed, to follow `expected`.
  let expected: String
  /// Whether the text must stand without quotes, as numbers do.
  let isPlain: Bool
  /// What is allowed, as JSON Schema has it; an editor's help, which may let more pass.
  let schema: CanonicalJSON
  /// The value that the text spells, or nil.
  let parse: (String) -> Value?

  init(
    expected: String, isPlain: Bool = false,
    schema: CanonicalJSON = .object(["type": .string("string")]),
    parse: @escaping (String) -> Value?
  ) {
    self.expected = expected
    self.isPlain = isPlain
    self.schema = schema
    self.parse = parse
  }
}

extension ValueKind where Value == UInt64 {
  /// A whole number, without quotes; single underscores may group its digits.
  static func number(_ range: ClosedRange<UInt64>) -> ValueKind {
    ValueKind(
      expected: "a whole number from \(range.lowerBound) to \(range.upperBound), without quotes",
      isPlain: true,
      schema: .object([
        "type": .string("integer"), "minimum": .integer(Int64(clamping: range.lowerBound)),
        "maximum": .integer(Int64(clamping: range.upperBound)),
      ])
    ) { text in Decimal.parse(text).flatMap { range.contains($0) ? $0 : nil } }
  }

  /// A duration, in seconds.
  static var duration: ValueKind {
    ValueKind(
      expected: "a duration from 1s to \(DurationText.maximumSeconds / 86_400)d, such as 10m, "
        + "1h30m or 30d",
      schema: .text(pattern: "^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"),
      parse: DurationText.seconds)
  }

  /// A percentage from 0 to 100 with at most four decimals, in millionths.
  static var percentage: ValueKind {
    ValueKind(
      expected: "a percentage from 0 to 100, such as 1 or 0.5, without quotes and percent sign",
      isPlain: true, schema: .object(["type": .string("number")]), parse: Decimal.millionths)
  }

  /// A day or a moment in UTC, in Unix seconds.
  static var moment: ValueKind {
    ValueKind(
      expected: "a day such as 2027-01-31, from whose first moment on, or 2027-01-31T18:00:00Z",
      schema: .text(
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$"),
      parse: MomentText.seconds)
  }
}

extension ValueKind where Value == UInt32 {
  /// The id of a user or of a group.
  static var userOrGroup: ValueKind {
    // 2^32−1 is no id: system calls take it for "leave as it is".
    let number = ValueKind<UInt64>.number(0...UInt64(UInt32.max) - 1)
    return ValueKind(expected: number.expected, isPlain: true, schema: number.schema) { text in
      number.parse(text).flatMap { UInt32(exactly: $0) }
    }
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
  private static var amountPattern: String { #"^[0-9]([0-9_.]*[0-9])?(sat|msat|btc)$"# }

  /// An amount with its unit.
  static var amount: ValueKind {
    ValueKind(
      expected: "an amount with its unit, such as 500sat, 250_000msat or 0.001btc",
      schema: .text(pattern: amountPattern), parse: Msat.init(text:))
  }

  /// An amount with its unit that is not zero.
  static var positiveAmount: ValueKind {
    ValueKind(
      expected: "an amount above zero with its unit, such as 500sat, 250_000msat or 0.001btc",
      schema: .text(pattern: amountPattern)
    ) { text in Msat(text: text).flatMap { $0 == .zero ? nil : $0 } }
  }
}

extension ValueKind where Value == SpendLimit {
  /// An amount in all, or for a window of time whose time zone, if it has one, `calendar` knows.
  static func spendLimit(_ calendar: (any SpendCalendar)?) -> ValueKind {
    ValueKind(
      expected: "an amount in all such as 500sat, or for a window such as 500sat/1h, 500sat/7d or "
        + "500sat/day@Europe/Paris",
      schema: .text(
        pattern: #"^[0-9]([0-9_.]*[0-9])?(sat|msat|btc)(/(\#(windowPattern)))?$"#)
    ) { text in
      let slash = text.firstIndex(of: "/") ?? text.endIndex
      guard let amount = Msat(text: text[..<slash]) else { return nil }
      guard slash < text.endIndex else { return SpendLimit(amount) }
      guard let window = SpendWindow(text[text.index(after: slash)...]),
        window.isKnown(to: calendar)
      else { return nil }
      return SpendLimit(amount, per: window)
    }
  }
}

extension SpendWindow {
  /// Whether its time zone, if it has one, is known; where there is no calendar to ask, any is.
  fileprivate func isKnown(to calendar: (any SpendCalendar)?) -> Bool {
    guard case .calendar(let period, let zone) = self, let calendar else { return true }
    return calendar.bounds(of: period, zone: zone, at: Timestamp(seconds: 0)) != nil
  }
}

/// The windows of limits, as JSON Schema has them.
private let windowPattern = "[1-9][0-9]*[smhd]|(day|week|month)@[A-Za-z0-9/_+-]+"

extension ValueKind where Value == CallLimit {
  /// How many operations in a window of time, as for a ``SpendLimit``.
  static func callLimit(_ calendar: (any SpendCalendar)?) -> ValueKind {
    ValueKind(
      expected: "a number in a window, such as 100/1m or 1000/day@Europe/Paris",
      schema: .text(pattern: "^[0-9][0-9_]*/(\(windowPattern))$")
    ) { text in
      let slash = text.firstIndex(of: "/") ?? text.endIndex
      guard let count = Decimal.parse(text[..<slash]), count <= Msat.max.value,
        slash < text.endIndex, let window = SpendWindow(text[text.index(after: slash)...]),
        window.isKnown(to: calendar)
      else { return nil }
      return CallLimit(count, per: window)
    }
  }
}

extension ValueKind where Value == ControlGroup {
  static var pathPattern: String { #"/([^/\s]+(/[^/\s]+)*)?"# }

  /// A control group, as `/proc/PID/cgroup` has it.
  static var controlGroup: ValueKind {
    ValueKind(
      expected: "a control group such as /user.slice/agents.service, without `..` and a / at its "
        + "end",
      schema: .text(pattern: "^\(pathPattern)$")
    ) { ControlGroup(bindingTo: $0) }
  }
}

extension ValueKind where Value == PeerBinding {
  /// What a token of the policy may be bound to: a process goes sooner than a file does.
  static var peerBinding: ValueKind {
    ValueKind(
      expected: "uid=NUMBER, gid=NUMBER or cgroup=/PATH",
      schema: .text(
        pattern: "^(uid=[0-9]+|gid=[0-9]+|cgroup=\(ValueKind<ControlGroup>.pathPattern))$")
    ) { text in
      PeerBinding(text).flatMap { binding in
        if case .process = binding { nil } else { binding }
      }
    }
  }
}

extension ValueKind where Value == String {
  static var namePattern: String { "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" }

  /// The name of a service or a capability.
  static var name: ValueKind {
    ValueKind(
      expected: "a name of 1 to 64 letters, digits, _ - . that starts with a letter or digit",
      schema: .text(pattern: namePattern)
    ) { ServiceName.isValid($0) ? $0 : nil }
  }

  /// A method of the API, or all of a group.
  static var method: ValueKind {
    ValueKind(
      expected: "a method such as credential.request, or a group such as credential.*",
      schema: .text(pattern: #"^[a-z0-9_]+\.(\*|[a-z0-9_]+)$"#)
    ) { MethodPattern.isValid($0) ? $0 : nil }
  }

  /// A method of the API.
  static var methodName: ValueKind {
    ValueKind(
      expected: "a method such as credential.request",
      schema: .text(pattern: #"^[a-z0-9_]+\.[a-z0-9_]+$"#)
    ) { MethodPattern.isValid($0) && !$0.hasSuffix("*") ? $0 : nil }
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

  /// A line for people.
  static var line: ValueKind {
    ValueKind(expected: "a line of 1 to 200 bytes") { text in
      (1...200).contains(text.utf8.count) ? text : nil
    }
  }
}

extension ValueKind {
  /// One of a few words.
  static func word(_ words: [(text: String, value: Value)]) -> ValueKind {
    ValueKind(
      expected: alternatives(words.map(\.text)),
      schema: .object(["enum": .array(words.map { .string($0.text) })])
    ) { text in words.first { $0.text == text }?.value }
  }
}

extension ValueKind where Value == Bool {
  /// `true` or `false`, without quotes.
  static var truth: ValueKind {
    ValueKind(
      expected: "true or false, without quotes", isPlain: true,
      schema: .object(["type": .string("boolean")])
    ) { ["true": true, "false": false][$0] }
  }
}

extension ValueKind where Value: CaseIterable & RawRepresentable<String> {
  /// One of the words of an enumeration.
  static var choice: ValueKind { .word(Value.allCases.map { ($0.rawValue, $0) }) }
}
