import PurserCore
import Testing

@Suite struct OperatorPassphraseTests {
  private static let salt = [UInt8](repeating: 7, count: 16)

  @Test func `what is kept reads back and knows the passphrase alone`() throws {
    let kept = try #require(OperatorPassphrase(Array("open sésame".utf8), salt: Self.salt))
    let read = try #require(OperatorPassphrase(parsing: kept.text))
    #expect(read == kept)
    #expect(read.matches(Array("open sésame".utf8)))
    for other in ["", "open sesame", "open sésame ", String(repeating: "x", count: 1025)] {
      #expect(!read.matches(Array(other.utf8)))
    }
    #expect("\(kept)" == "OperatorPassphrase" && Mirror(reflecting: kept).children.isEmpty)
    let salted = try #require(
      OperatorPassphrase(Array("open sésame".utf8), salt: [UInt8](repeating: 8, count: 16)))
    #expect(salted != kept)
  }

  @Test func `what is not exactly that is nothing`() throws {
    #expect(OperatorPassphrase([], salt: Self.salt) == nil)
    #expect(OperatorPassphrase([1], salt: [1]) == nil)
    let text = try #require(OperatorPassphrase([1], salt: Self.salt)).text
    for end in 0..<text.count {
      #expect(OperatorPassphrase(parsing: String(text.prefix(end))) == nil)
    }
    for (part, other) in [
      ("scrypt ", "bcrypt "), (" 15 ", " 015 "), (" 15 ", " 99 "), (" 8 ", " -8 "), (" 1 ", " x "),
      ("scrypt ", "scrypt  "), (" 0707", " 07g7"),
    ] {
      let changed = text.replacing(part, with: other, maxReplacements: 1)
      #expect(changed != text && OperatorPassphrase(parsing: changed) == nil, "\(changed)")
    }
    #expect(OperatorPassphrase(parsing: text + " 1") == nil)
    #expect(OperatorPassphrase(parsing: text + "00") == nil)
  }
}
