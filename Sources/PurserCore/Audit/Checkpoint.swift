public import LibCrypto

/// The head of a log's tree, as it is signed (C2SP tlog-checkpoint).
public struct Checkpoint: Sendable, Equatable {
  /// Which log.
  public let origin: String
  /// How many events it has.
  public let size: UInt64
  /// The root of the Merkle tree over them.
  public let root: SHA256Digest

  /// The head of the log `origin`.
  public init(origin: String, size: UInt64, root: SHA256Digest) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// Reads the text of a note; nil when it is no checkpoint.
  ///
  /// Lines after the third are taken and ignored.
  public init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 4, lines.last == "", lines.dropLast().allSatisfy({ !$0.isEmpty }),
      let size = Self.number(lines[1]), let root = StrictBase64.decodeHash(lines[2])
    else { return nil }
    self.init(origin: String(lines[0]), size: size, root: root)
  }

  /// The text that is signed.
  public var text: String {
    "\(origin)\n\(size)\n\(Base64.encode(root.bytes, .standard))\n"
  }

  /// The note, signed.
  public func note(signedBy signer: NoteSigner) -> String {
    SignedNote(signing: text, with: signer).note
  }

  /// Reads a signed checkpoint of a log whose name is that of one of `keys`.
  /// - Throws: ``SignedNoteError``.
  public init(note: String, keys: [NoteKey]) throws(SignedNoteError) {
    let note = try SignedNote(parsing: note)
    let signers = try note.verified(by: keys)
    guard let checkpoint = Checkpoint(note.text) else { throw .malformed }
    guard signers.contains(where: { $0.name == checkpoint.origin }) else { throw .unknownSigner }
    self = checkpoint
  }

  /// A decimal without sign and leading zeros.
  static func number(_ text: some StringProtocol) -> UInt64? {
    guard let number = UInt64(text), String(number) == text else { return nil }
    return number
  }
}
