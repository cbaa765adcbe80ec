/// What a caveat is made of, before it is part of a macaroon.
struct CaveatFields {
  let condition: ArraySlice<UInt8>
  let verificationID: ArraySlice<UInt8>?
  let location: ArraySlice<UInt8>?

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
}
