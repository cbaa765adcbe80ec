internal import LibCrypto

/// A bearer token whose holder can narrow it, and only narrow it, by appending caveats.
///
/// The laws of the format, from "Macaroons: Cookies with Contextual Caveats" (2014) and what every
/// library computes:
/// - the first signature is the HMAC-SHA-256 of the identifier under a key derived from the root
///   key;
/// - each caveat's signature is its HMAC under the signature before it, so that a caveat can be
///   appended by anyone who holds the token and removed by nobody;
/// - locations are hints, which no signature covers.
///
/// A value keeps ``MacaroonLimits``, however it was made.
public struct Macaroon: Sendable, Equatable {
  /// One condition on the use of a macaroon.
  public struct Caveat: Sendable, Equatable {
    /// The condition of a first-party caveat, or the id that a third party gave its caveat.
    public let condition: [UInt8]
    /// The sealed key of a third-party caveat, never empty; nil for a first-party one.
    public let verificationID: [UInt8]?
    /// Where the third party is, as on the wire; nil when absent and in first-party caveats.
    public let location: [UInt8]?

    /// Whether somebody else must discharge this caveat.
    public var isThirdParty: Bool { verificationID != nil }

    /// - Throws: ``MacaroonError/emptyVerificationID`` and
    ///   ``MacaroonError/locationWithoutThirdParty``, about which libraries disagree.
    init(
      condition: [UInt8], verificationID: [UInt8]? = nil, location: [UInt8]? = nil
    ) throws(MacaroonError) {
      guard verificationID?.isEmpty != true else { throw .emptyVerificationID }
      guard location == nil || verificationID != nil else { throw .locationWithoutThirdParty }
      self.condition = condition
      self.verificationID = verificationID
      self.location = location
    }

    fileprivate func byteCount() throws(MacaroonError) -> Int {
      try boundedSum([condition.count, verificationID?.count ?? 0, location?.count ?? 0])
    }
  }

  /// The length of a signature, in bytes.
  public static let signatureLength = 32

  /// A hint of where the macaroon is used; empty when absent.
  public let location: [UInt8]
  /// What tells the issuer which root key this is, and anything else it wants to know.
  public let identifier: [UInt8]
  /// The caveats, in the order in which they were appended.
  public private(set) var caveats: [Caveat]
  /// The signature after the last caveat, 32 bytes.
  public private(set) var signature: [UInt8]

  /// The sum of the lengths of all fields.
  private var byteCount: Int

  private static let keyGenerator = HMACSHA256(key: Array("macaroons-key-generator".utf8))

  /// Mints a macaroon without caveats.
  ///
  /// The chain starts from a key derived from `rootKey` with `macaroons-key-generator`, as in
  /// every library. A root key should be 32 random bytes; any length is accepted.
  /// - Throws: ``MacaroonError/fieldTooLong``.
  public init(
    rootKey: [UInt8], identifier: [UInt8], location: [UInt8] = []
  ) throws(MacaroonError) {
    try self.init(
      location: location, identifier: identifier, caveats: [],
      signature: Self.firstLink(rootKey: rootKey, identifier: identifier).code)
  }

  /// Puts together what a parser read.
  /// - Throws: ``MacaroonError/badSignatureLength`` and the errors of the limits.
  init(
    location: [UInt8], identifier: [UInt8], caveats: [Caveat], signature: [UInt8]
  ) throws(MacaroonError) {
    guard signature.count == Self.signatureLength else { throw .badSignatureLength }
    guard caveats.count <= MacaroonLimits.caveats else { throw .tooManyCaveats }
    var byteCount = try boundedSum([location.count, identifier.count])
    for caveat in caveats { byteCount += try caveat.byteCount() }
    guard byteCount <= MacaroonLimits.totalBytes else { throw .totalTooLong }
    self.location = location
    self.identifier = identifier
    self.caveats = caveats
    self.signature = signature
    self.byteCount = byteCount
  }

  /// The same macaroon with one first-party caveat more.
  ///
  /// Needs no key, so any holder can do it.
  /// - Throws: ``MacaroonError/fieldTooLong``, ``MacaroonError/tooManyCaveats`` or
  ///   ``MacaroonError/totalTooLong``.
  public func attenuated(with condition: [UInt8]) throws(MacaroonError) -> Macaroon {
    let caveat = try Caveat(condition: condition)
    let grown = byteCount + (try caveat.byteCount())
    guard caveats.count < MacaroonLimits.caveats else { throw .tooManyCaveats }
    guard grown <= MacaroonLimits.totalBytes else { throw .totalTooLong }
    var chain = HMACChain(key: signature)
    chain.extend(with: condition)
    var result = self
    result.caveats.append(caveat)
    result.signature = chain.code
    result.byteCount = grown
    return result
  }

  /// The same macaroon with one first-party caveat more, the UTF-8 of `condition`.
  /// - Throws: As ``attenuated(with:)-([UInt8])``.
  public func attenuated(with condition: String) throws(MacaroonError) -> Macaroon {
    try attenuated(with: Array(condition.utf8))
  }

  /// Checks that the macaroon was minted with `rootKey` and not changed since.
  ///
  /// This answers "is it ours?" and says nothing of the caveats' conditions. Signatures are
  /// compared in constant time.
  /// - Returns: The signature right after each caveat, as many as there are caveats.
  /// - Throws: ``MacaroonError/wrongSignature``, or ``MacaroonError/thirdPartyCaveat(_:)`` for the
  ///   first caveat that would need a discharge.
  public func verifySignature(rootKey: [UInt8]) throws(MacaroonError) -> [[UInt8]] {
    var chain = Self.firstLink(rootKey: rootKey, identifier: identifier)
    var signatures: [[UInt8]] = []
    signatures.reserveCapacity(caveats.count)
    for caveat in caveats {
      if let verificationID = caveat.verificationID {
        chain.extend(withPair: verificationID, caveat.condition)
      } else {
        chain.extend(with: caveat.condition)
      }
      signatures.append(chain.code)
    }
    guard constantTimeEqual(signatures.last ?? chain.code, signature) else {
      throw .wrongSignature
    }
    if let index = caveats.firstIndex(where: \.isThirdParty) { throw .thirdPartyCaveat(index) }
    return signatures
  }

  /// Checks the signature, and then that `allows` holds for the condition of every caveat.
  /// - Throws: As ``verifySignature(rootKey:)``, and ``MacaroonError/caveatRefused(_:)`` for the
  ///   first condition that `allows` does not accept.
  public func verify(
    rootKey: [UInt8], allows: (_ condition: [UInt8]) -> Bool
  ) throws(MacaroonError) {
    _ = try verifySignature(rootKey: rootKey)
    if let index = caveats.firstIndex(where: { !allows($0.condition) }) {
      throw .caveatRefused(index)
    }
  }

  private static func firstLink(rootKey: [UInt8], identifier: [UInt8]) -> HMACChain {
    var chain = HMACChain(keyGenerator, rootKey)
    chain.extend(with: identifier)
    return chain
  }
}

/// The sum of the lengths of some fields, each of which must keep its limit.
private func boundedSum(_ counts: [Int]) throws(MacaroonError) -> Int {
  guard counts.allSatisfy({ $0 <= MacaroonLimits.fieldBytes }) else { throw .fieldTooLong }
  return counts.reduce(0, +)
}
