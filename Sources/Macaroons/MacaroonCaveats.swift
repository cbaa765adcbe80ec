internal import LibCrypto

extension Macaroon {
  /// One condition on the use of a macaroon.
  ///
  /// Its fields are slices of the macaroon's own bytes, which nobody copies; the indices of a slice
  /// begin anywhere, and `Array` makes a copy with indices from 0.
  public struct Caveat: Sendable, Equatable {
    /// The condition of a first-party caveat, or the id that a third party gave its caveat.
    public let condition: ArraySlice<UInt8>
    /// The sealed key of a third-party caveat, never empty; nil for a first-party one.
    public let verificationID: ArraySlice<UInt8>?
    /// Where the third party is, as on the wire; nil when absent and in first-party caveats.
    public let location: ArraySlice<UInt8>?

    /// Whether somebody else must discharge this caveat.
    public var isThirdParty: Bool { verificationID != nil }

    /// A first-party caveat.
    init(condition: ArraySlice<UInt8>) {
      self.condition = condition
      verificationID = nil
      location = nil
    }

    /// - Throws: ``MacaroonError/emptyVerificationID`` and
    ///   ``MacaroonError/locationWithoutThirdParty``, about which libraries disagree.
    init(
      condition: ArraySlice<UInt8>, verificationID: ArraySlice<UInt8>?,
      location: ArraySlice<UInt8>?
    ) throws(MacaroonError) {
      guard verificationID?.isEmpty != true else { throw .emptyVerificationID }
      guard location == nil || verificationID != nil else { throw .locationWithoutThirdParty }
      self.condition = condition
      self.verificationID = verificationID
      self.location = location
    }

    fileprivate init(_ section: V2Reader.Section, of bytes: [UInt8]) {
      condition = bytes[section.identifier]
      verificationID = section.verificationID.map { bytes[$0] }
      location = section.location.map { bytes[$0] }
    }

    var longestField: Int {
      max(condition.count, verificationID?.count ?? 0, location?.count ?? 0)
    }

    var byteCount: Int {
      condition.count + (verificationID?.count ?? 0) + (location?.count ?? 0)
    }
  }

  /// The caveats, in the order in which they were appended.
  public var caveats: [Caveat] {
    var caveats: [Caveat] = []
    caveats.reserveCapacity(packet.caveatCount)
    var reader = packet.caveats
    while let section = reader.nextCaveat(in: packet.bytes.span) {
      caveats.append(Caveat(section, of: packet.bytes))
    }
    return caveats
  }

  /// How many caveats there are.
  public var caveatCount: Int { packet.caveatCount }

  /// The signatures of a macaroon's chain, one right after each caveat, 32 bytes each.
  public struct Signatures: RandomAccessCollection, Sendable {
    private let chains: [HMACChain]

    init(_ chains: [HMACChain]) { self.chains = chains }

    /// 0.
    public var startIndex: Int { 0 }

    /// How many caveats there are.
    public var endIndex: Int { chains.count }

    /// The signature right after the caveat at `index`.
    public subscript(index: Int) -> [UInt8] { chains[index].code }
  }
}
