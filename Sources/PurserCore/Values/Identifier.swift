internal import LibCrypto

/// A 16-byte name of something of one kind; people and JSON see 32 lower-case hex digits.
///
/// `Kind` keeps a hold's identifier from being taken for a node's.
public struct Identifier<Kind>: Sendable, Hashable, Comparable {
  private let high: UInt64
  private let low: UInt64

  /// The identifier with these bytes, or nil when they are not 16.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.init(digest: bytes)
  }

  /// As above; the one for arrays is many times as fast, and a start reads a million of these.
  public init?(bytes: some Collection<UInt8>) { self.init(bytes: Array(bytes)) }

  /// The identifier that 32 lower-case hex digits spell, or nil.
  public init?(hex: some StringProtocol) {
    guard let bytes = Hex.decode(hex), Hex.encode(bytes) == hex else { return nil }
    self.init(bytes: bytes)
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
  public var hex: String { Hex.encode(bytes) }

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
