internal import LibCrypto
public import PurserCore

/// Seals what must not be read from a stolen disk, and opens it again.
///
/// Each record has a key of its own, derived with a fresh random salt, so that no counter can be
/// rewound into using a nonce twice. Where the record belongs is authenticated with it, so that a
/// row cannot be moved to another place.
///
/// Layout: `version:u8 = 1 | key_id:u64 BE | salt:32 | nonce:12 | AES-256-GCM box`.
public struct Sealer: Sendable {
  /// Where a sealed record belongs.
  public enum Place: Sendable {
    /// The token that a payment completes.
    case payment(HoldID)
    /// Token and preimage of a credential.
    case credential(CredentialID)
    /// An answer that is repeated.
    case answer(IdempotencyClaim)

    var associatedData: [UInt8] {
      let text =
        switch self {
        case .payment(let hold): "payments|\(hold.hex)|1"
        case .credential(let id): "credentials|\(id.hex)|1"
        case .answer(let claim):
          "idempotency|\(claim.node?.hex ?? "operator")|\(claim.method)|\(claim.key)|1"
        }
      return Array(text.utf8)
    }
  }

  private static let version: UInt8 = 1
  private static let saltLength = 32
  private static let headerLength = 1 + 8 + saltLength + AESGCM.nonceLength

  private let keyring: Keyring
  private let random: @Sendable (Int) -> [UInt8]

  /// A sealer under the master keys of `keyring`.
  public init(keyring: Keyring, random: @escaping @Sendable (Int) -> [UInt8]) {
    self.keyring = keyring
    self.random = random
  }

  /// Seals `plaintext` for one place.
  public func seal(_ plaintext: [UInt8], at place: Place) throws(Refusal) -> [UInt8] {
    let salt = random(Self.saltLength)
    let nonce = random(AESGCM.nonceLength)
    do {
      let box = try AESGCM.seal(
        plaintext, key: try key(numbered: keyring.currentKeyID, salt: salt), nonce: nonce,
        associatedData: place.associatedData)
      let keyID = stride(from: 56, through: 0, by: -8).map {
        UInt8(truncatingIfNeeded: keyring.currentKeyID >> UInt64($0))
      }
      return [Self.version] + keyID + salt + nonce + box
    } catch {
      throw .storage("a record could not be sealed")
    }
  }

  /// Opens what was sealed for the same place.
  /// - Throws: ``Refusal/storage(_:)`` when it was changed, moved, or sealed under a key that is
  ///   not in the key file.
  public func open(_ sealed: [UInt8], at place: Place) throws(Refusal) -> [UInt8] {
    guard sealed.count >= Self.headerLength, sealed[0] == Self.version else {
      throw .storage("a sealed record has an unknown form")
    }
    let keyID = sealed[1..<9].reduce(0) { $0 << 8 | UInt64($1) }
    let salt = [UInt8](sealed[9..<41])
    do {
      return try AESGCM.open(
        [UInt8](sealed[Self.headerLength...]), key: try key(numbered: keyID, salt: salt),
        nonce: [UInt8](sealed[41..<Self.headerLength]), associatedData: place.associatedData)
    } catch {
      throw .storage("a sealed record does not open: is key number \(keyID) in the key file?")
    }
  }

  private func key(numbered keyID: UInt64, salt: [UInt8]) throws(SealingError) -> [UInt8] {
    guard
      let key = keyring.derivedKey(keyID: keyID, salt: salt, label: "purser/seal", context: [])
    else { throw .notAuthentic }
    return key
  }
}
