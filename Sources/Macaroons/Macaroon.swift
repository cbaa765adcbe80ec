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
/// A value keeps ``MacaroonLimits``, however it was made. It is one buffer, the V2 bytes, so that
/// reading one, appending to it and writing it down take no more than a buffer either.
public struct Macaroon: Sendable, Equatable {
  /// The length of a signature, in bytes.
  public static let signatureLength = 32

  private(set) var packet: V2Packet

  private static let keyGenerator = HMACSHA256(key: Array("macaroons-key-generator".utf8))

  /// Mints a macaroon without caveats.
  ///
  /// The chain starts from a key derived from `rootKey` with `macaroons-key-generator`, as in
  /// every library. A root key should be 32 random bytes; any length is accepted.
  /// - Throws: ``MacaroonError/fieldTooLong``.
  public init(
    rootKey: [UInt8], identifier: [UInt8], location: [UInt8] = []
  ) throws(MacaroonError) {
    packet = try V2Packet(
      location: location[...], identifier: identifier[...],
      chain: Self.firstLink(rootKey: rootKey, identifier: identifier.span))
  }

  /// Keeps what a parser checked.
  init(_ packet: V2Packet) { self.packet = packet }

  /// Puts together what a parser read.
  /// - Throws: ``MacaroonError/badSignatureLength`` and the errors of the limits.
  init(
    location: ArraySlice<UInt8>, identifier: ArraySlice<UInt8>, caveats: [CaveatFields],
    signature: ArraySlice<UInt8>
  ) throws(MacaroonError) {
    guard signature.count == Self.signatureLength else { throw .badSignatureLength }
    let chain = HMACChain(key: signature.span)
    packet = try V2Packet(location: location, identifier: identifier, chain: chain)
    for caveat in caveats { try packet.append(caveat, chain: chain) }
  }

  /// A hint of where the macaroon is used; empty when absent.
  public var location: [UInt8] { [UInt8](packet.bytes[packet.location]) }

  /// What tells the issuer which root key this is, and anything else it wants to know.
  public var identifier: [UInt8] { [UInt8](packet.bytes[packet.identifier]) }

  /// The signature after the last caveat, 32 bytes.
  public var signature: [UInt8] { [UInt8](packet.signature) }

  /// Appends one first-party caveat.
  ///
  /// Needs no key, so any holder can do it. After an error the macaroon is as it was.
  /// - Throws: ``MacaroonError/fieldTooLong``, ``MacaroonError/tooManyCaveats`` or
  ///   ``MacaroonError/totalTooLong``.
  public mutating func attenuate(with condition: [UInt8]) throws(MacaroonError) {
    var chain = packet.chain
    chain.extend(with: condition.span)
    try packet.append(condition[...], chain: chain)
  }

  /// The same macaroon with one first-party caveat more.
  /// - Throws: As ``attenuate(with:)``.
  public func attenuated(with condition: [UInt8]) throws(MacaroonError) -> Macaroon {
    var result = self
    try result.attenuate(with: condition)
    return result
  }

  /// The same macaroon with one first-party caveat more, the UTF-8 of `condition`.
  /// - Throws: As ``attenuate(with:)``.
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
  @discardableResult
  public func verifySignature(rootKey: [UInt8]) throws(MacaroonError) -> Signatures {
    var chains: [HMACChain] = []
    chains.reserveCapacity(packet.caveatCount)
    try walkChain(rootKey: rootKey) { chains.append($0) }
    return Signatures(chains)
  }

  /// Checks the signature, and then that `allows` holds for the condition of every caveat.
  ///
  /// A condition is given as a slice of the macaroon's bytes, whose indices begin anywhere.
  /// - Throws: As ``verifySignature(rootKey:)``, and ``MacaroonError/caveatRefused(_:)`` for the
  ///   first condition that `allows` does not accept.
  public func verify(
    rootKey: [UInt8], allows: (_ condition: ArraySlice<UInt8>) -> Bool
  ) throws(MacaroonError) {
    try walkChain(rootKey: rootKey) { _ in }
    var reader = packet.caveats
    var index = 0
    while let caveat = reader.nextCaveat(in: packet.bytes.span) {
      guard allows(packet.bytes[caveat.identifier]) else { throw .caveatRefused(index) }
      index += 1
    }
  }

  /// Computes the chain from `rootKey`, hands out its state after each caveat, and compares.
  private func walkChain(
    rootKey: [UInt8], afterCaveat: (HMACChain) -> Void
  ) throws(MacaroonError) {
    let bytes = packet.bytes.span
    var chain = Self.firstLink(
      rootKey: rootKey, identifier: bytes.extracting(packet.identifier))
    var reader = packet.caveats
    var firstThirdParty: Int?
    var index = 0
    while let caveat = reader.nextCaveat(in: bytes) {
      let condition = bytes.extracting(caveat.identifier)
      if let verificationID = caveat.verificationID {
        chain.extend(withPair: bytes.extracting(verificationID), condition)
        firstThirdParty = firstThirdParty ?? index
      } else {
        chain.extend(with: condition)
      }
      afterCaveat(chain)
      index += 1
    }
    guard chain.hasCode(bytes.extracting(last: Self.signatureLength)) else {
      throw .wrongSignature
    }
    if let firstThirdParty { throw .thirdPartyCaveat(firstThirdParty) }
  }

  private static func firstLink(rootKey: [UInt8], identifier: Span<UInt8>) -> HMACChain {
    var chain = HMACChain(keyGenerator, rootKey.span)
    chain.extend(with: identifier)
    return chain
  }
}
