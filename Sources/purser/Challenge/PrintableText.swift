internal import LibCrypto

/// Text from outside, made safe for a terminal.
enum PrintableText {
  /// `bytes` as text with control, bidirectional and other invisible characters escaped as
  /// `\u{…}`, or as `0x…` when they are not UTF-8.
  static func of(_ bytes: [UInt8]) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return "0x" + Hex.encode(bytes)
    }
    return text.unicodeScalars.map { isPrintable($0) ? String($0) : escaped($0) }.joined()
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
    default: true
    }
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    "\\u{" + String(scalar.value, radix: 16) + "}"
  }
}
