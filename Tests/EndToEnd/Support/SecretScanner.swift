import Foundation
import LibCrypto

/// Looks for secrets in whatever may not hold one, in every spelling that programs use.
struct SecretScanner {
  private let needles: [(name: String, form: String, bytes: [UInt8])]

  /// A scanner for named secrets of at least 16 bytes each.
  init(_ secrets: [String: [UInt8]]) {
    needles = secrets.flatMap { name, bytes in
      Self.spellings(of: bytes).map { (name, $0.form, $0.bytes) }
    }
  }

  /// Which secrets `haystack` holds, and how they are spelled in it.
  func find(in haystack: Data) -> [String] {
    needles.filter { haystack.range(of: Data($0.bytes)) != nil }.map { "\($0.name) as \($0.form)" }
  }

  /// Raw, in hex of both cases, and in both base64s at each of the three places where a secret can
  /// begin within a longer text; what depends on its neighbours is cut off there.
  private static func spellings(of secret: [UInt8]) -> [(form: String, bytes: [UInt8])] {
    let hex = Hex.encode(secret)
    var forms: [(form: String, bytes: [UInt8])] = [
      ("raw bytes", secret), ("hex", Array(hex.utf8)),
      ("upper-case hex", Array(hex.uppercased().utf8)),
    ]
    for offset in 0..<3 {
      let padded = [UInt8](repeating: 0, count: offset) + secret
      let whole = padded.prefix(padded.count / 3 * 3)
      for (name, variant) in [("base64", Base64.Variant.standard), ("base64url", .urlUnpadded)] {
        let text = Base64.encode(Array(whole), variant).utf8.dropFirst(offset == 0 ? 0 : 4)
        forms.append(("\(name) at \(offset)", Array(text)))
      }
    }
    return forms
  }
}
