import LibCrypto
import PurserCore
import PurserTesting
import Testing

/// The first line of an archive: what came before.
@Suite struct AuditExportTests {
  private static let digit = String(repeating: "0123456789abcdef", count: 4)
  private static let good =
    "{\"follows\":{\"hash\":\"\(digit)\",\"peaks\":[\"\(digit)\",\"\(digit)\"],\"size\":768}}"

  @Test func `what came before is written and read`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("what came before: seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let size = UInt64.random(in: 0..<1 << 53, using: &random) >> UInt64(random.bytes(1)[0] % 53)
      let peaks = try (0..<size.nonzeroBitCount).map { _ in
        try #require(SHA256Digest(random.bytes(32)))
      }
      let tree = try #require(MerkleRange(size: size, peaks: peaks))
      let head = try #require(SHA256Digest(random.bytes(32)))
      let until = random.once(in: 2) ? UInt64.random(in: 0..<1 << 53, using: &random) : nil
      let line = AuditExport.Line.follows(LogStart(head: head, tree: tree), until: until)
      #expect(AuditExport.Line(line.bytes) == line, "seed \(seed)")
      var edited = line.bytes
      edited[Int.random(in: edited.indices, using: &random)] ^=
        1 << UInt8.random(in: 0..<8, using: &random)
      #expect(AuditExport.Line(edited) != line, "seed \(seed)")
    }
    let first = AuditExport.Line.follows(.first, until: 512)
    let zeros = String(repeating: "0", count: 64)
    let text = "{\"follows\":{\"hash\":\"\(zeros)\",\"peaks\":[],\"size\":0},\"until\":512}"
    #expect(first.bytes == Array(text.utf8))
  }

  static let bad = [
    // Another number of peaks than the size has bits.
    good.replacing("768", with: "512"), good.replacing("768", with: "1792"),
    good.replacing(",\"\(digit)\"]", with: "]"),
    good.replacing("\"peaks\":[", with: "\"peaks\":[,"),
    good.replacing("]", with: ",]"), good.replacing("]", with: ""), good.replacing("[", with: ""),
    good.replacing("\",\"0", with: "\"\"0"), good.replacing("\"]", with: "]"),
    good.replacing("abcdef", with: "ABCDEF"), good.replacing("f\"", with: "\""),
    good.replacing("f\"", with: "g\""), good.replacing("768", with: "0768"),
    good.replacing("768", with: "-768"), good.replacing("768", with: ""),
    good.replacing("}}", with: "},\"until\":}"), good.replacing("}}", with: "},\"until\":-1}"),
    good.replacing("}}", with: "},\"until\":1,\"until\":1}"),
    good.replacing("}}", with: ",\"until\":1}"), good.replacing("}}", with: "}"), good + " ",
    " " + good, "{\"follows\":{\"hash\":\"", "{\"follows\":{\"hash\":\"}", "{\"follows\":{}}",
  ]

  @Test(arguments: bad)
  func `what is no start of an archive is no line`(text: String) {
    #expect(AuditExport.Line(Array(Self.good.utf8)) != nil && text != Self.good)
    #expect(AuditExport.Line(Array(text.utf8)) == nil)
  }

  @Test func `a tree's peaks make the same tree again`() throws {
    var tree = MerkleRange()
    var unused: [MerkleRange.Completed] = []
    for number in 0..<300 {
      tree.append(MerkleHash.leaf([UInt8(number % 256)]), completed: &unused)
      #expect(try #require(MerkleRange(size: tree.size, peaks: tree.peaks)) == tree)
      #expect(tree.subtrees.map(\.hash) == tree.peaks)
    }
  }
}
