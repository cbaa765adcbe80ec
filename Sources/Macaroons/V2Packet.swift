internal import LibCrypto

/// The V2 bytes of a macaroon, checked: the form in which every macaroon is kept.
///
/// The format: the byte 2, then sections of fields, each field a type, a length and a value. The
/// first section is the macaroon's location (if any) and identifier; then follows one for each
/// caveat with its location, condition and verification id; an empty section ends them, and the
/// signature comes last. One macaroon has one such form, so equal macaroons have equal bytes; a
/// caveat is appended by writing it over the end; and nothing has to be taken apart to be read.
struct V2Packet: Sendable, Equatable {
  private static let version: UInt8 = 2
  /// The end of the sections, and the type, the length and the 32 bytes of the signature.
  private static let tailLength = 3 + Macaroon.signatureLength
  /// Room for a few caveats, so that they are appended in place.
  private static let spareLength = 160

  /// The most that the types and lengths of three fields and the end of a section take.
  private static let sectionOverhead = 13

  private(set) var bytes: [UInt8]
  private(set) var caveatCount: Int
  let location: Range<Int>
  let identifier: Range<Int>
  /// The sum of the lengths of all fields but the signature.
  private var fieldBytes: Int

  /// A macaroon without caveats, whose signature is the code of `chain`.
  /// - Throws: The errors of the limits.
  init(
    location: ArraySlice<UInt8>, identifier: ArraySlice<UInt8>, chain: HMACChain
  ) throws(MacaroonError) {
    fieldBytes = location.count + identifier.count
    try Self.checkLimits(longest: max(location.count, identifier.count), sum: fieldBytes)
    caveatCount = 0
    bytes = []
    bytes.reserveCapacity(fieldBytes + Self.tailLength + Self.spareLength)
    bytes.append(Self.version)
    if !location.isEmpty { Self.append(.location, location, to: &bytes) }
    self.location = bytes.count - location.count..<bytes.count
    Self.append(.identifier, identifier, to: &bytes)
    self.identifier = bytes.count - identifier.count..<bytes.count
    bytes.append(V2Reader.endOfSection)
    appendTail(chain)
  }

  /// Reads serialized bytes.
  /// - Throws: A ``MacaroonError`` that says what is wrong.
  init(parsing input: [UInt8]) throws(MacaroonError) {
    let span = input.span
    var reader = V2Reader(at: 1)
    let header = try reader.readSection(in: span)
    guard header.verificationID == nil else { throw .unexpectedField }
    var (count, longest, sum) = (0, header.longestField, header.byteCount)
    while !reader.takeEnd(in: span) {
      guard count < MacaroonLimits.caveats else { throw .tooManyCaveats }
      let caveat = try reader.readSection(in: span)
      guard caveat.verificationID?.isEmpty != true else { throw .emptyVerificationID }
      guard caveat.location == nil || caveat.verificationID != nil else {
        throw .locationWithoutThirdParty
      }
      (count, longest) = (count + 1, max(longest, caveat.longestField))
      sum += caveat.byteCount
    }
    let (field, signature) = try reader.readField(in: span)
    guard field == .signature else { throw .unexpectedField }
    guard reader.offset == span.count else { throw .trailingBytes }
    guard signature.count == Macaroon.signatureLength else { throw .badSignatureLength }
    try Self.checkLimits(longest: longest, sum: sum)
    self.init(input, header: header, caveatCount: count, fieldBytes: sum)
  }

  private init(_ input: [UInt8], header: V2Reader.Section, caveatCount: Int, fieldBytes: Int) {
    bytes = input
    self.caveatCount = caveatCount
    self.fieldBytes = fieldBytes
    guard let location = header.location else {
      location = 1..<1
      identifier = header.identifier
      return
    }
    guard location.isEmpty else {
      self.location = location
      identifier = header.identifier
      return
    }
    // An empty location is none: it goes with its type and length.
    bytes.removeSubrange(1..<location.upperBound)
    self.location = 1..<1
    let shift = location.upperBound - 1
    identifier = header.identifier.lowerBound - shift..<header.identifier.upperBound - shift
  }

  /// Where the first caveat is read, with ``V2Reader/nextCaveat(in:)``.
  var caveats: V2Reader { V2Reader(at: identifier.upperBound + 1) }

  var signature: ArraySlice<UInt8> { bytes.suffix(Macaroon.signatureLength) }

  /// The chain at its last code, the signature.
  var chain: HMACChain {
    HMACChain(key: bytes.span.extracting(last: Macaroon.signatureLength))
  }

  /// Appends a first-party caveat, after which the signature is the code of `chain`.
  /// - Throws: The errors of the limits.
  mutating func append(
    _ condition: ArraySlice<UInt8>, chain: HMACChain
  ) throws(MacaroonError) {
    try grow(by: condition.count, longest: condition.count)
    Self.append(.identifier, condition, to: &bytes)
    bytes.append(V2Reader.endOfSection)
    appendTail(chain)
  }

  /// Appends a caveat of any kind, after which the signature is the code of `chain`.
  /// - Throws: The errors of the limits.
  mutating func append(_ caveat: CaveatFields, chain: HMACChain) throws(MacaroonError) {
    let location = caveat.location ?? []
    let verificationID = caveat.verificationID ?? []
    try grow(
      by: location.count + caveat.condition.count + verificationID.count,
      longest: max(location.count, caveat.condition.count, verificationID.count))
    if caveat.location != nil { Self.append(.location, location, to: &bytes) }
    Self.append(.identifier, caveat.condition, to: &bytes)
    if caveat.verificationID != nil { Self.append(.verificationID, verificationID, to: &bytes) }
    bytes.append(V2Reader.endOfSection)
    appendTail(chain)
  }

  /// Takes the tail off and makes room for a caveat with fields of so many bytes.
  private mutating func grow(by count: Int, longest: Int) throws(MacaroonError) {
    try Self.checkLimits(longest: longest, sum: fieldBytes + count)
    guard caveatCount < MacaroonLimits.caveats else { throw .tooManyCaveats }
    let needed = bytes.count + count + Self.sectionOverhead
    let isRoomy = bytes.capacity >= needed
    bytes.reserveCapacity(isRoomy ? needed : needed + needed / 2 + Self.spareLength)
    bytes.removeLast(Self.tailLength)
    fieldBytes += count
    caveatCount += 1
  }

  private mutating func appendTail(_ chain: HMACChain) {
    bytes.append(V2Reader.endOfSection)
    bytes.append(V2Reader.Field.signature.rawValue)
    bytes.append(UInt8(Macaroon.signatureLength))
    chain.appendCode(to: &bytes)
  }

  private static func append(
    _ field: V2Reader.Field, _ value: ArraySlice<UInt8>, to bytes: inout [UInt8]
  ) {
    bytes.append(field.rawValue)
    var rest = value.count
    while rest > 0x7f {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    bytes.append(contentsOf: value)
  }

  private static func checkLimits(longest: Int, sum: Int) throws(MacaroonError) {
    guard longest <= MacaroonLimits.fieldBytes else { throw .fieldTooLong }
    guard sum <= MacaroonLimits.totalBytes else { throw .totalTooLong }
  }
}
