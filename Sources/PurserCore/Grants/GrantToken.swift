internal import LibCrypto
public import Macaroons

/// A grant token: the macaroon that is the grant, in the form that agents hold.
///
/// `purser1_` followed by V2 binary in base64url without padding. The prefix lets secret scanners
/// find a leaked one.
public struct GrantToken: Sendable, Equatable {
  /// The macaroon.
  public let macaroon: Macaroon

  /// What every token starts with.
  public static let prefix = "purser1_"
  /// The longest text that is read, in bytes.
  public static let maximumLength = 16_384
  private static let prefixBytes = Array(prefix.utf8)
  private static let location = Array("purser".utf8)

  /// Wraps a macaroon; whether it is one of ours shows when it is verified.
  public init(_ macaroon: Macaroon) { self.macaroon = macaroon }

  /// Reads the text of a token.
  /// - Throws: ``GrantTokenError/tooLong`` beyond ``maximumLength``, and
  ///   ``GrantTokenError/malformed`` when it is not `purser1_` and a V2 macaroon of the location
  ///   `purser` in base64url.
  public init(parsing text: some StringProtocol) throws(GrantTokenError) {
    guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
    guard let bytes = withSpan(of: text.utf8, { Self.bytes(spelledBy: $0) }),
      MacaroonFormat(of: bytes) == .v2, let macaroon = try? Macaroon(parsing: bytes)
    else { throw .malformed }
    // No signature covers the location, so that two spellings of one token would both be good.
    guard macaroon.location == Self.location else { throw .malformed }
    self.macaroon = macaroon
  }

  /// The bytes behind the prefix; nil when the text is not how these are spelled.
  private static func bytes(spelledBy text: Span<UInt8>) -> [UInt8]? {
    guard text.count >= prefixBytes.count else { return nil }
    for index in prefixBytes.indices where text[index] != prefixBytes[index] { return nil }
    return Base64.decodeURLUnpadded(text.extracting(droppingFirst: prefixBytes.count))
  }

  /// Mints the token of a new top-level grant, signed with the keyring's current key.
  /// - Throws: ``GrantTokenError/tooLong`` when the caveats do not fit.
  public static func mint(
    grantID: NodeID, caveats: [GrantCaveat], keyring: Keyring
  ) throws(GrantTokenError) -> GrantToken {
    let keyID = keyring.currentKeyID
    let identifier = GrantIdentifier(keyID: keyID, grantID: grantID).bytes
    guard let rootKey = keyring.grantRootKey(keyID: keyID, identifier: identifier) else {
      throw .unknownKey
    }
    do {
      let root = try Macaroon(
        rootKey: rootKey, identifier: identifier, location: location)
      return try GrantToken(root).attenuated(with: caveats)
    } catch { throw .tooLong }
  }

  /// A copy with `caveats` appended.
  ///
  /// It needs no key, so any holder can do it.
  /// - Throws: ``GrantTokenError/tooLong`` when they do not fit.
  public func attenuated(with caveats: [GrantCaveat]) throws(GrantTokenError) -> GrantToken {
    do {
      var narrowed = macaroon
      for caveat in caveats { try narrowed.attenuate(with: Array(caveat.text.utf8)) }
      guard Self.textLength(of: try narrowed.serialized(.v2)) <= Self.maximumLength else {
        throw GrantTokenError.tooLong
      }
      return GrantToken(narrowed)
    } catch { throw .tooLong }
  }

  /// How long the text for `bytes` is: four symbols for three bytes, without padding.
  private static func textLength(of bytes: [UInt8]) -> Int {
    prefixBytes.count + (bytes.count * 4 + 2) / 3
  }

  /// The text of the token.
  public var text: String {
    // V2 has no length that a parsed or minted macaroon can exceed.
    let bytes = (try? macaroon.serialized(.v2)) ?? []
    return Self.prefix + Base64.encode(bytes, .urlUnpadded)
  }
}

extension GrantToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// How many caveats it has; never the token, whoever prints it.
  public var description: String { "GrantToken(caveats: \(macaroon.caveats.count))" }

  /// As ``description``.
  public var debugDescription: String { description }

  /// Shows no children, so that reflection finds no signature either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a token is refused.
public enum GrantTokenError: Error, Equatable, Sendable {
  /// Not `purser1_` followed by a V2 macaroon in base64url.
  case malformed
  /// Its caveats are more than a token may hold.
  case tooLong
  /// Not made by Purser, or signed with a key that was retired.
  case unknownKey
  /// The signature does not hold: changed, cut, or made with another key.
  case badSignature
  /// It carries a third-party caveat, or a caveat with a location.
  case foreignCaveat
  /// A caveat that refuses the token; `index` counts from 0.
  case caveat(index: Int, GrantCaveatError)
  /// More levels were opened than a `depth` caveat or the bound of 32 allows.
  case tooDeep
  /// A level states limits for more than four windows.
  case tooManyWindows
}

extension GrantTokenError: CustomStringConvertible {
  /// What is wrong and what to do, without any part of the token but names of conditions.
  public var description: String {
    switch self {
    case .malformed: "it is not purser1_ and a macaroon in base64url; copy the whole token"
    case .tooLong: "its caveats are more than a token may hold"
    case .unknownKey: "it was not made by this daemon, or its key was retired; ask for a new one"
    case .badSignature: "its signature does not hold: it was changed or cut; ask for a new one"
    case .foreignCaveat: "it carries a third-party caveat or a caveat location"
    case .caveat(let index, let error): "caveat \(index): \(error)"
    case .tooDeep: "it opens more levels than its depth caveat allows"
    case .tooManyWindows: "a level of it states limits for more than four windows"
    }
  }
}
