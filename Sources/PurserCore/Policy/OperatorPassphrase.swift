internal import LibCrypto

/// What operators know and agents do not, where both run as one user; only what it is checked with.
///
/// Text: `scrypt`, the binary logarithm of N, r, p, the salt and the key, both in hex.
public struct OperatorPassphrase: Sendable, Equatable {
  /// How long a passphrase may be, in bytes of UTF-8.
  public static let lengths = 1...1024
  private static let saltLengths = 16...64
  private static let keyLength = 32

  private let cost: Scrypt.Cost
  private let salt: [UInt8]
  private let key: [UInt8]

  /// What checks `passphrase`; nil when its length is not among ``lengths``, or memory is short.
  ///
  /// `salt` is 16 to 64 fresh random bytes.
  public init?(_ passphrase: [UInt8], salt: [UInt8]) {
    let cost = Scrypt.Cost.interactive
    guard Self.lengths.contains(passphrase.count), Self.saltLengths.contains(salt.count),
      let key = Scrypt.deriveKey(
        passphrase: passphrase, salt: salt, cost: cost, length: Self.keyLength)
    else { return nil }
    (self.cost, self.salt, self.key) = (cost, salt, key)
  }

  /// Reads ``text``; nil for anything else.
  public init?(parsing text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 6, words[0] == "scrypt" else { return nil }
    let figures = words[1...3].compactMap { word in Int(word).flatMap { "\($0)" == word ? $0 : nil }
    }
    guard figures.count == 3,
      let cost = Scrypt.Cost(
        workLogarithm: figures[0], blockSize: figures[1], parallelism: figures[2]),
      let salt = Hex.decode(words[4]), Self.saltLengths.contains(salt.count),
      let key = Hex.decode(words[5]), key.count == Self.keyLength
    else { return nil }
    (self.cost, self.salt, self.key) = (cost, salt, key)
  }

  /// What a file keeps.
  ///
  /// It is no passphrase, but lets one be guessed at.
  public var text: String {
    let figures = "\(cost.workLogarithm) \(cost.blockSize) \(cost.parallelism)"
    return "scrypt \(figures) \(Hex.encode(salt)) \(Hex.encode(key))"
  }

  /// Whether `passphrase` is the one; it takes some tenths of a second.
  public func matches(_ passphrase: [UInt8]) -> Bool {
    guard Self.lengths.contains(passphrase.count),
      var derived = Scrypt.deriveKey(
        passphrase: passphrase, salt: salt, cost: cost, length: Self.keyLength)
    else { return false }
    defer { wipe(&derived) }
    return constantTimeEqual(derived, key)
  }
}

extension OperatorPassphrase: CustomStringConvertible, CustomReflectable {
  /// Nothing of it, whoever prints it.
  public var description: String { "OperatorPassphrase" }

  /// Shows no children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What keeps an agent from acting as an operator.
public struct OperatorGuard: Sendable {
  /// Whether operators and agents are kept apart by uid: `required` or `none`.
  public let separation: String
  /// What operators are asked for before they change anything; nil for nothing.
  public let passphrase: OperatorPassphrase?

  /// A guard of these parts.
  public init(separation: String = "none", passphrase: OperatorPassphrase? = nil) {
    self.separation = separation
    self.passphrase = passphrase
  }

  /// Whether what an operator decides may be an agent's own decision, for all that is known.
  public var isAdvisory: Bool { separation != "required" && passphrase == nil }
}
