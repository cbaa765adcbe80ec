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
  public typealias Place = SealedPlace

  private let keys: MasterKeys
  private let random: @Sendable (Int) -> [UInt8]

  /// A sealer under master keys that may be replaced.
  public init(keys: MasterKeys, random: @escaping @Sendable (Int) -> [UInt8]) {
    self.keys = keys
    self.random = random
  }

  /// Seals `plaintext` for one place.
  public func seal(_ plaintext: [UInt8], at place: Place) throws(Refusal) -> [UInt8] {
    let keyring = keys.current
    let salt = random(SealedForm.saltLength)
    let nonce = random(AESGCM.nonceLength)
    do {
      let box = try AESGCM.seal(
        plaintext, key: try Self.key(keyring.currentKeyID, of: keyring, salt: salt), nonce: nonce,
        associatedData: place.associatedData)
      return [SealedForm.version] + SealedForm.bytes(of: keyring.currentKeyID) + salt + nonce + box
    } catch {
      throw .storage("a record could not be sealed")
    }
  }

  /// Opens what was sealed for the same place.
  /// - Throws: ``Refusal/storage(_:)`` when it was changed, moved, or sealed under a key that is
  ///   not in the key file.
  public func open(_ sealed: [UInt8], at place: Place) throws(Refusal) -> [UInt8] {
    guard let keyID = SealedForm.keyID(of: sealed) else {
      throw .storage("a sealed record has an unknown form")
    }
    let salt = [UInt8](sealed[9..<41])
    do {
      return try AESGCM.open(
        [UInt8](sealed[SealedForm.headerLength...]),
        key: try Self.key(keyID, of: keys.current, salt: salt),
        nonce: [UInt8](sealed[41..<SealedForm.headerLength]), associatedData: place.associatedData)
    } catch {
      throw .storage("a sealed record does not open: is key number \(keyID) in the key file?")
    }
  }

  private static func key(
    _ keyID: UInt64, of keyring: Keyring, salt: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard
      let key = keyring.derivedKey(keyID: keyID, salt: salt, label: "purser/seal", context: [])
    else { throw .notAuthentic }
    return key
  }
}

extension SealedPlace {
  /// What is authenticated with a record, so that it opens at its place alone.
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
