internal import LibCrypto

/// The last 104 words of an invoice: R, S and a recovery id.
struct InvoiceSignature {
  private let signature: RecoverableSignature

  /// Takes exactly 104 words, which are 65 bytes.
  init(words: [UInt8]) {
    let bytes = FiveBitWords.paddedBytes(words)
    signature = RecoverableSignature(
      compact: Array(bytes.prefix(Secp256k1.compactSignatureLength)),
      recoveryID: bytes.last ?? .max)
  }

  init(digest: [UInt8], privateKey: [UInt8]) throws(InvoiceError) {
    do {
      signature = try Secp256k1.sign(digest: digest, privateKey: privateKey)
    } catch {
      throw .invalidPrivateKey
    }
  }

  var words: [UInt8] { FiveBitWords.words(signature.compact + [signature.recoveryID]) }

  /// The key that the signature proves or recovers to.
  ///
  /// A key that the invoice names must fit, with a low S; without one, either S recovers the
  /// signer's key (BOLT 11 §Tagged Fields, requirements for a reader).
  func payee(digest: [UInt8], explicit: [UInt8]?) throws(InvoiceError) -> [UInt8] {
    guard let explicit else {
      do {
        return try Secp256k1.recoverPublicKey(signature, digest: digest)
      } catch {
        throw .signatureNotRecoverable
      }
    }
    guard Secp256k1.hasLowS(signature.compact) else { throw .highSignature }
    guard Secp256k1.verify(signature.compact, digest: digest, publicKey: explicit) else {
      throw .signatureMismatch
    }
    return explicit
  }
}
