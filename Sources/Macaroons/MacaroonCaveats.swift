internal import LibCrypto

extension Macaroon {
  /// One condition on the use of a macaroon.
  ///
  /// Its fields are slices of the macaroon's own bytes, which nobody copies; the indices of a slice
  /// begin anywhere, and `Array` makes a copy with indices from 0.
  public struct Caveat: Sendable, Equatable {
    private let bytes: [UInt8]
    private let section: V2Reader.Section

    fileprivate init(_ section: V2Reader.Section, of bytes: [UInt8]) {
      self.bytes = bytes
      self.section = section
    }

    /// The condition of a first-party caveat, or the id that a third party gave its caveat.
    public var condition: ArraySlice<UInt8> { bytes[section.identifier] }

    /// The sealed key of a third-party caveat, never empty; nil for a first-party one.
    public var verificationID: ArraySlice<UInt8>? { section.verificationID.map { bytes[$0] } }

    /// Where the third party is, as on the wire; nil when absent and in first-party caveats.
    public var location: ArraySlice<UInt8>? { section.location.map { bytes[$0] } }

    /// Whether somebody else must discharge this caveat.
    public var isThirdParty: Bool { section.verificationID != nil }

    /// Whether the fields are equal, wherever they are.
    public static func == (left: Caveat, right: Caveat) -> Bool {
      left.condition == right.condition && left.verificationID == right.verificationID
        && left.location == right.location
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
