import LibCrypto
import PurserCore
import PurserTesting
import Testing

@Suite struct NoteTests {
  /// The example of Go's golang.org/x/mod/sumdb/note.
  static let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  static let privateKey =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
  static let text = """
    If you think cryptography is the answer to your problem,
    then you don't know what your problem is.

    """
  static let note =
    text
    + "\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    + "otpRZb6KE6RyyBwJnAM=\n"

  @Test func `a published note verifies, and signing makes it again to the byte`() throws {
    let key = try NoteKey(parsing: Self.key)
    let note = try SignedNote(parsing: Self.note)
    #expect(note.text == Self.text && note.note == Self.note)
    #expect(try note.verified(by: [key]) == [key])
    let signer = try NoteSigner(parsing: Self.privateKey)
    #expect(signer.key == key && signer.secretText == Self.privateKey)
    #expect(SignedNote(signing: Self.text, with: signer) == note)
    #expect(key.text == Self.key)
  }

  @Test func `the key of Go's checksum database reads, and its hash is checked`() throws {
    let text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    let key = try NoteKey(parsing: text)
    #expect(key.name == "sum.golang.org" && key.id == 0x033d_e0ae && key.text == text)
    #expect(throws: NoteKeyError.wrongHash) {
      try NoteKey(parsing: text.replacing("sum.golang", with: "sun.golang"))
    }
  }

  static let badKeys = [
    "", "a", "a+b", "+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    "sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8=",
    "sum.golang.org+033de0ae+Ac4zctda0e5eza-HJyk9SxEdh-s3Ux18htTTAD8OuAn8",
    "sum.golang.org+033de0ae+As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    "sum.golang.org+033de0ae+AQ==", "sum.golang.org+033de0ae+", "a b+033de0ae+AQ==",
    "a\u{a0}b+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", key + "\n",
  ]

  @Test(arguments: badKeys)
  func `what is no key is refused`(text: String) {
    #expect(throws: NoteKeyError.self) { try NoteKey(parsing: text) }
    #expect(throws: NoteKeyError.self) { try NoteSigner(parsing: "PRIVATE+KEY+" + text) }
  }

  static let badNotes: [(String, SignedNoteError)] = [
    ("", .malformed), ("\n", .malformed), ("\n\n", .malformed), ("text\n", .malformed),
    ("text\n\n", .malformed), (String(note.dropLast()), .malformed),
    (note.replacing("\u{2014}", with: "-"), .malformed),
    (note.replacing("\u{2014} ", with: "\u{2014}  "), .malformed),
    (note.replacing("AM=\n", with: "AM= \n"), .malformed),
    (note.replacing("AM=\n", with: "AM\n"), .malformed),
    (note.replacing("AM=\n", with: "AM=\nmore\n"), .malformed),
    (note.replacing("Peter", with: "Pe+ter"), .malformed),
    (note.replacing("PeterNeumann x08g", with: "PeterNeumann\u{2003}x08g"), .malformed),
    (note.replacing("then", with: "then\t"), .malformed),
    (note.replacing("then", with: "then\r\n"), .malformed),
    ("text\n\n\u{2014} a AAAA\n", .malformed),
    (String(repeating: "x", count: 70_000) + note, .tooLong),
    ("t\n\n" + String(repeating: "\u{2014} a AAAAAAA=\n", count: 65), .tooLong),
  ]

  @Test(arguments: badNotes)
  func `what is no signed note is refused`(text: String, error: SignedNoteError) {
    #expect(throws: error) { try SignedNote(parsing: text) }
  }

  @Test func `unknown signatures are ignored, and a wrong one by a known key is not`() throws {
    let key = try NoteKey(parsing: Self.key)
    let other = try NoteSigner(name: "other", privateKey: [UInt8](repeating: 1, count: 32))
    let both =
      Self.note + SignedNote(signing: Self.text, with: other).note.dropFirst(Self.text.count + 1)
    let note = try SignedNote(parsing: both)
    #expect(try note.verified(by: [key]) == [key])
    #expect(try note.verified(by: [other.key]) == [other.key])
    let third = try NoteSigner(name: "other", privateKey: [UInt8](repeating: 2, count: 32)).key
    #expect(throws: SignedNoteError.unknownSigner) { try note.verified(by: [third]) }
    #expect(throws: SignedNoteError.unknownSigner) { try note.verified(by: []) }
    let changed = try SignedNote(parsing: both.replacing("the answer", with: "an answer"))
    #expect(throws: SignedNoteError.badSignature(signer: "PeterNeumann")) {
      try changed.verified(by: [key])
    }
  }

  @Test func `the published checkpoint reads, and others do not`() throws {
    let text = """
      example.com/behind-the-sofa
      20852163
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      """
    let note = try SignedNote(
      parsing: text + """

        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5\
        /Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

        """)
    let checkpoint = try #require(Checkpoint(note.text))
    #expect(checkpoint.size == 20_852_163 && checkpoint.origin == "example.com/behind-the-sofa")
    #expect(checkpoint.text == text)
    #expect(Checkpoint(text + "extension\n") == checkpoint)
    for bad in [
      "", "\n", text + "\n", "\n" + text, String(text.dropLast()),
      text.replacing("20852163", with: "020852163"), text.replacing("20852163", with: "-1"),
      text.replacing("20852163", with: "+1"), text.replacing("20852163", with: "2085 2163"),
      text.replacing("20852163", with: "99999999999999999999"), text.replacing("q2I=", with: "q2I"),
      text.replacing("q2I=", with: ""), text.replacing("\n", with: "\r\n"),
    ] {
      #expect(Checkpoint(bad) == nil, "\(bad)")
    }
  }

  @Test func `a checkpoint counts for the log that its signer's name says`() throws {
    let signer = try NoteSigner(name: "log", privateKey: [UInt8](repeating: 3, count: 32))
    let checkpoint = Checkpoint(origin: "log", size: 5, root: .zero)
    let note = checkpoint.note(signedBy: signer)
    #expect(try Checkpoint(note: note, keys: [signer.key]) == checkpoint)
    let foreign = Checkpoint(origin: "other", size: 5, root: .zero).note(signedBy: signer)
    #expect(throws: SignedNoteError.unknownSigner) {
      try Checkpoint(note: foreign, keys: [signer.key])
    }
    let letter = SignedNote(signing: "log\nhello\n", with: signer).note
    #expect(throws: SignedNoteError.malformed) { try Checkpoint(note: letter, keys: [signer.key]) }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `notes and proofs that were tampered with are refused or still say the same`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    let signer = try NoteSigner(name: "log", privateKey: [UInt8](repeating: 3, count: 32))
    let event = Array("{\"action\":\"x\"}".utf8)
    let sibling = MerkleHash.leaf([1])
    let root = MerkleHash.node(MerkleHash.leaf(event[...]), sibling)
    let note = Checkpoint(origin: "log", size: 2, root: root).note(signedBy: signer)
    let proof = LogProof(event: event, index: 0, path: [sibling], checkpoint: note)
    #expect(try LogProof(parsing: proof.text) == proof)
    for _ in 0..<50 {
      var bytes = Array(proof.text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 0...127, using: &random), at: place)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      guard text != proof.text, let read = try? LogProof(parsing: text),
        let head = try? read.verify(keys: [signer.key])
      else { continue }
      #expect(read.event == event && head.size == 2 && head.root == root, "seed \(seed)")
    }
  }

  @Test func `a proof of another event, place or key does not hold`() throws {
    let signer = try NoteSigner(name: "log", privateKey: [UInt8](repeating: 3, count: 32))
    let event = Array("{}".utf8)
    let sibling = MerkleHash.leaf([1])
    let root = MerkleHash.node(MerkleHash.leaf(event[...]), sibling)
    let note = Checkpoint(origin: "log", size: 2, root: root).note(signedBy: signer)
    func error(_ proof: LogProof, _ keys: [NoteKey]) -> LogProofError? {
      do throws(LogProofError) {
        _ = try proof.verify(keys: keys)
        return nil
      } catch { return error }
    }
    let keys = [signer.key]
    #expect(error(LogProof(event: event, index: 0, path: [sibling], checkpoint: note), keys) == nil)
    #expect(
      error(LogProof(event: nil, index: 0, path: [sibling], checkpoint: note), keys) == .noEvent)
    #expect(
      error(LogProof(event: [0], index: 0, path: [sibling], checkpoint: note), keys) == .otherRoot)
    for (index, path) in [(1, [sibling]), (2, [sibling]), (0, []), (0, [sibling, sibling])] {
      let proof = LogProof(event: event, index: UInt64(index), path: path, checkpoint: note)
      #expect(error(proof, keys) == .otherRoot)
    }
    #expect(
      error(LogProof(event: event, index: 0, path: [sibling], checkpoint: note), [])
        == .checkpoint(.unknownSigner))
  }
}
