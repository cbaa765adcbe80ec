internal import ArgumentParser
internal import PurserConfig
internal import PurserCore

/// How arguments of several commands are read.
enum ArgumentText {
  /// An amount with its unit.
  static func amount(_ text: String) throws -> Msat {
    guard let amount = Msat(text: text) else {
      throw ValidationError(
        "'\(shown(text))' is no amount; write it with its unit: 500sat, 250_000msat, 0.001btc")
    }
    return amount
  }

  /// An amount with its unit that is not zero.
  static func positiveAmount(_ text: String) throws -> Msat {
    let amount = try amount(text)
    guard amount > .zero else { throw ValidationError("the amount must be above zero") }
    return amount
  }

  /// An amount with its unit, a slash, and the window that it is for.
  static func windowLimit(_ text: String) throws -> SpendLimit {
    let slash = text.firstIndex(of: "/") ?? text.endIndex
    guard let amount = Msat(text: String(text[..<slash])),
      let window = SpendWindow(text[slash...].dropFirst())
    else {
      throw ValidationError(
        "'\(shown(text))' is no limit; write it like 100sat/1h or 5000sat/day@Europe/Paris")
    }
    return SpendLimit(amount, per: window)
  }

  /// How many operations in a window, such as `60/1m`.
  static func callLimit(_ text: String) throws -> CallLimit {
    guard let limit = CallLimit(text) else {
      throw ValidationError(
        "'\(shown(text))' is no limit on operations; write it like 60/1m or 500/day@Europe/Paris")
    }
    return limit
  }

  /// Above what a payment waits: `100sat`, or `500sat/1h` for what is spent in a window.
  static func threshold(_ text: String) throws -> SpendLimit {
    if text.contains("/") { return try windowLimit(text) }
    return SpendLimit(try amount(text))
  }

  /// A duration, in seconds.
  static func duration(_ text: String) throws -> UInt64 {
    guard let seconds = DurationText.seconds(text) else {
      throw ValidationError(
        "'\(shown(text))' is no duration; write it with its units: 90s, 10m, 1h30m, 30d")
    }
    return seconds
  }

  /// A day or a moment in UTC, in Unix seconds.
  static func moment(_ text: String) throws -> UInt64 {
    guard let seconds = MomentText.seconds(text) else {
      throw ValidationError(
        "'\(shown(text))' is no moment; write a day, 2026-12-01, or 2026-12-01T08:30:00Z")
    }
    return seconds
  }

  /// An id of 32 lower-case hex digits.
  static func identifier<Kind>(_ text: String) throws -> Identifier<Kind> {
    guard let identifier = Identifier<Kind>(hex: text) else {
      throw ValidationError("'\(shown(text))' is no id; one has 32 digits of 0-9 and a-f")
    }
    return identifier
  }

  /// The name of a service or of a capability.
  static func name(_ text: String) throws -> String {
    guard ServiceName.isValid(text) else {
      throw ValidationError(
        "'\(shown(text))' is no name; one has 1 to 64 letters, digits and _ - . and starts with a "
          + "letter or digit")
    }
    return text
  }

  private static func shown(_ text: String) -> String { Terminal.sanitized(text, limit: 60) }
}
