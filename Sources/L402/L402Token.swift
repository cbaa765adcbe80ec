internal import LibCrypto
public import Macaroons

/// The token of a challenge or credential.
///
/// The protocol takes any token that commits to a payment hash. Macaroons are what it recommends,
/// and what can be narrowed; anything else is handed back as it came.
public enum L402Token: Sendable, Equatable {
  /// A macaroon, and the format that it came in and is sent back in.
  case macaroon(Macaroon, MacaroonFormat)
  /// Text that is no macaroon: visible ASCII without spaces.
  case opaque(String)

  /// Reads a macaroon in any spelling that `Macaroon.init(parsingText:)` reads, else an opaque
  /// token.
  public init(text: String) {
    guard let bytes = try? Macaroon.bytes(ofText: text), let format = MacaroonFormat(of: bytes),
      let macaroon = try? Macaroon(parsing: bytes)
    else {
      self = .opaque(text)
      return
    }
    self = .macaroon(macaroon, format)
  }

  /// The macaroon, if it is one.
  public var macaroon: Macaroon? {
    if case .macaroon(let macaroon, _) = self { macaroon } else { nil }
  }

  /// How an `Authorization` header spells it: a macaroon in standard padded base64, which every
  /// seller reads, whatever the challenge used; an opaque token as it came.
  /// - Throws: ``L402Error/macaroonTooLarge`` when the macaroon was narrowed past the limits of
  ///   its format, ``L402Error/unpresentableToken`` for opaque text that is empty, too long or
  ///   not visible ASCII.
  public func authorizationText() throws(L402Error) -> String {
    switch self {
    case .macaroon(let macaroon, let format):
      return Base64.encode(try Self.serialize(macaroon, format), .standard)
    case .opaque(let text):
      guard Self.isPresentable(text) else { throw .unpresentableToken }
      return text
    }
  }

  /// Whether a header can carry `text` as a token: visible ASCII, neither empty nor too long.
  static func isPresentable(_ text: String) -> Bool {
    (1...L402Limits.tokenLength).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0.isVisibleASCII }
  }

  static func serialize(
    _ macaroon: Macaroon, _ format: MacaroonFormat
  ) throws(L402Error) -> [UInt8] {
    do { return try macaroon.serialized(format) } catch { throw .macaroonTooLarge }
  }
}
