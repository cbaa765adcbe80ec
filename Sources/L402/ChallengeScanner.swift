/// One challenge as RFC 9110 §11.3 spells it, before anybody asks what it means.
struct RawChallenge {
  struct Parameter {
    /// In lower case: parameter names have no case.
    let name: String
    let value: [UInt8]
  }

  /// Empty for text that stands where a scheme should.
  let scheme: String
  var parameters: [Parameter] = []
  /// The first thing that was wrong with it.
  var error: L402Error?
}

/// Splits one `WWW-Authenticate` value into challenges, in one pass over its bytes.
///
/// It reads RFC 9110 §11 and what servers send besides: parameters apart by spaces alone, bare
/// values with the characters of base64, and single quotes. What cannot be read spoils the
/// challenge it stands in, not its neighbours; reading goes on after the next comma.
struct ChallengeScanner {
  private let bytes: [UInt8]
  private var position = 0
  private var challenges: [RawChallenge] = []
  private var isFull = false

  /// The challenges of `value`, whose length the caller has bounded.
  static func challenges(in value: String) -> [RawChallenge] {
    var scanner = ChallengeScanner(bytes: Array(value.utf8))
    scanner.scan()
    return scanner.challenges
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func scan() {
    while !isFull {
      skip { $0.isBlank || $0 == UInt8(ascii: ",") }
      guard position < bytes.count else { return }
      let name = take { $0.isTokenCharacter }
      if name.isEmpty {
        recover(from: .badSyntax(offset: position))
        continue
      }
      let afterName = position
      skip { $0.isBlank }
      if current == UInt8(ascii: "=") {
        position += 1
        scanValue(of: name)
      } else if position > afterName || position == bytes.count || current == UInt8(ascii: ",") {
        begin(scheme: name)
      } else {
        recover(from: .badSyntax(offset: position))
      }
    }
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skip(while matches: (UInt8) -> Bool) {
    while position < bytes.count, matches(bytes[position]) { position += 1 }
  }

  private mutating func take(while matches: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = position
    skip(while: matches)
    return bytes[start..<position]
  }

  private mutating func begin(scheme: ArraySlice<UInt8>) {
    guard challenges.count < L402Limits.challengesPerHeader else {
      challenges.append(RawChallenge(scheme: "", error: .tooManyChallenges))
      isFull = true
      return
    }
    challenges.append(RawChallenge(scheme: String(decoding: scheme, as: UTF8.self)))
    skipToken68()
  }

  /// Skips the `token68` of schemes such as Basic, when all up to the next comma is one.
  ///
  /// L402 challenges have none, so it is not kept.
  private mutating func skipToken68() {
    let start = position
    let digits = take { $0.isToken68Character }
    skip { $0 == UInt8(ascii: "=") }
    skip { $0.isBlank }
    if digits.isEmpty || (position < bytes.count && current != UInt8(ascii: ",")) {
      position = start
    }
  }

  private mutating func scanValue(of name: ArraySlice<UInt8>) {
    skip { $0.isBlank }
    let start = position
    let value: [UInt8]
    switch current {
    case UInt8(ascii: "\""):
      guard let text = takeQuoted() else { return note(.unterminatedQuote) }
      value = text
    default:
      value = Self.withoutSingleQuotes(take { !$0.isBlank && $0 != UInt8(ascii: ",") })
    }
    let isLegible =
      value.allSatisfy { !$0.isControl }
      && (bytes[start...].first == UInt8(ascii: "\"") || !value.contains(UInt8(ascii: "\"")))
    guard isLegible else { return recover(from: .badSyntax(offset: start)) }
    guard current.map({ $0.isBlank || $0 == UInt8(ascii: ",") }) ?? true else {
      return recover(from: .badSyntax(offset: position))
    }
    store(name, value, at: start)
  }

  private mutating func store(_ name: ArraySlice<UInt8>, _ value: [UInt8], at offset: Int) {
    guard let last = challenges.indices.last else { return note(.badSyntax(offset: offset)) }
    guard challenges[last].parameters.count < L402Limits.parametersPerChallenge else {
      return note(.tooManyParameters)
    }
    let lowerCased = String(decoding: name, as: UTF8.self).lowercased()
    challenges[last].parameters.append(RawChallenge.Parameter(name: lowerCased, value: value))
  }

  /// The text of the quoted string that starts here (RFC 9110 §5.6.4), or nil when it has no end.
  private mutating func takeQuoted() -> [UInt8]? {
    position += 1
    var text: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return text
      case UInt8(ascii: "\\"):
        guard let escaped = current else { return nil }
        position += 1
        text.append(escaped)
      default: text.append(byte)
      }
    }
    return nil
  }

  private static func withoutSingleQuotes(_ value: ArraySlice<UInt8>) -> [UInt8] {
    let quote = UInt8(ascii: "'")
    guard value.count >= 2, value.first == quote, value.last == quote else { return Array(value) }
    return Array(value.dropFirst().dropLast())
  }

  private mutating func note(_ error: L402Error) {
    if challenges.isEmpty { challenges.append(RawChallenge(scheme: "")) }
    let last = challenges.count - 1
    if challenges[last].error == nil { challenges[last].error = error }
  }

  private mutating func recover(from error: L402Error) {
    note(error)
    while let byte = current, byte != UInt8(ascii: ",") {
      if byte == UInt8(ascii: "\"") {
        if takeQuoted() == nil { return }
      } else {
        position += 1
      }
    }
  }
}

extension UInt8 {
  /// The white space of RFC 9110 §5.6.3.
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }

  fileprivate var isControl: Bool { (self < 0x20 && self != 0x09) || self == 0x7f }

  fileprivate var isAlphanumeric: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }

  /// `tchar` of RFC 9110 §5.6.2.
  fileprivate var isTokenCharacter: Bool {
    isAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(self)
  }

  /// What RFC 9110 §11.2 lets a `token68` have before its padding.
  fileprivate var isToken68Character: Bool { isAlphanumeric || "-._~+/".utf8.contains(self) }

  /// ASCII that is neither a control character nor a space.
  var isVisibleASCII: Bool { (0x21...0x7e).contains(self) }
}
