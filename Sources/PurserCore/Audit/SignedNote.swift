internal import LibCrypto

/// Why a note was not taken.
public enum SignedNoteError: Error, Equatable, Sendable {
  /// It is longer than ``SignedNote/maximumLength``, or has too many signatures.
  case tooLong
  /// It has not the form of a signed note, or holds a control character.
  case malformed
  /// None of the known keys signed it.
  case unknownSigner
  /// A signature by a known key does not verify.
  case badSignature(signer: String)
}

extension SignedNoteError: CustomStringConvertible {
  /// What is wrong, in one line.
  public var description: String {
    switch self {
    case .tooLong: "the note is too long"
    case .malformed: "it is no signed note"
    case .unknownSigner: "it is signed by none of the keys given"
    case .badSignature(let signer): "the signature of \(signer) does not verify"
    }
  }
}

/// A text with signatures (C2SP signed-note).
public struct SignedNote: Sendable, Equatable {
  /// The longest note that is read, in bytes.
  public static let maximumLength = 65_536
  /// The most signatures that are read.
  public static let maximumSignatures = 64

  /// One signature line.
  public struct Signature: Sendable, Equatable {
    /// The name of the key.
    public let name: String
    /// The id of the key.
    public let keyID: UInt32
    /// What follows the id.
    public let bytes: [UInt8]
  }

  /// The text, with the line feed at its end: what is signed.
  public let text: String
  /// The signatures, in order.
  public let signatures: [Signature]

  /// Signs `text`, which must end with a line feed and hold no other control character.
  public init(signing text: String, with signer: NoteSigner) {
    precondition(text.hasSuffix("\n") && Self.isClean(text), "this text cannot be a note")
    self.text = text
    signatures = [
      Signature(
        name: signer.key.name, keyID: signer.key.id, bytes: signer.signature(of: text))
    ]
  }

  /// Reads a note; nobody's signature has been checked yet.
  /// - Throws: ``SignedNoteError/tooLong`` or ``SignedNoteError/malformed``.
  public init(parsing note: String) throws(SignedNoteError) {
    guard note.utf8.count <= Self.maximumLength else { throw .tooLong }
    guard Self.isClean(note), note.utf8.last == UInt8(ascii: "\n") else { throw .malformed }
    // Line by line, since Swift takes some sequences of scalars for one character.
    let lines = note.unicodeScalars.dropLast().split(
      separator: "\n", omittingEmptySubsequences: false)
    guard let blank = lines.lastIndex(where: \.isEmpty), blank > 0, blank < lines.count - 1 else {
      throw .malformed
    }
    guard lines.count - blank - 1 <= Self.maximumSignatures else { throw .tooLong }
    var signatures: [Signature] = []
    for line in lines[(blank + 1)...] { signatures.append(try Self.signature(String(line))) }
    self.signatures = signatures
    text = lines[..<blank].map { String($0) + "\n" }.joined()
  }

  /// The whole note.
  public var note: String {
    text + "\n"
      + signatures.map { signature in
        let id = (0..<4).map { UInt8(truncatingIfNeeded: signature.keyID >> UInt32(24 - 8 * $0)) }
        return "\u{2014} \(signature.name) \(Base64.encode(id + signature.bytes, .standard))\n"
      }.joined()
  }

  /// Checks the signatures by those of `keys` that signed, and gives these keys.
  ///
  /// Signatures by other keys are ignored.
  /// - Throws: ``SignedNoteError/badSignature(signer:)`` when one does not verify, and
  ///   ``SignedNoteError/unknownSigner`` when there is none.
  @discardableResult
  public func verified(by keys: [NoteKey]) throws(SignedNoteError) -> [NoteKey] {
    var signers: [NoteKey] = []
    for signature in signatures {
      for key in keys where key.name == signature.name && key.id == signature.keyID {
        guard key.verifies(signature.bytes, of: text) else {
          throw .badSignature(signer: key.name)
        }
        signers.append(key)
      }
    }
    guard !signers.isEmpty else { throw .unknownSigner }
    return signers
  }

  private static func isClean(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") }
  }

  private static func signature(_ line: String) throws(SignedNoteError) -> Signature {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "\u{2014}", NoteKey.isName(parts[1]),
      let bytes = StrictBase64.decode(parts[2]), bytes.count > 4
    else { throw .malformed }
    return Signature(
      name: String(parts[1]), keyID: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
      bytes: Array(bytes.dropFirst(4)))
  }
}
