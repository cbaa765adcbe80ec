import LibCrypto
import Macaroons
import Testing

@Suite struct TextTests {
  @Test func `every spelling of every format is read`() throws {
    let macaroon = try Samples.macaroon()
    for format in MacaroonFormat.allCases {
      let bytes = try macaroon.serialized(format)
      let standard = Base64.encode(bytes, .standard)
      let url = Base64.encode(bytes, .urlUnpadded)
      let padding = String(repeating: "=", count: (4 - url.count % 4) % 4)
      let spellings = [
        standard, standard.replacing("=", with: ""), url, url + padding, Hex.encode(bytes),
        Hex.encode(bytes).uppercased(), "  \(url)\r\n", try macaroon.text(format),
      ]
      for spelling in spellings {
        #expect(try Macaroon(parsingText: spelling) == macaroon)
      }
    }
  }

  @Test func `V1 is read from base64 of base64, and V2 is not`() throws {
    let macaroon = try Samples.macaroon()
    let v1 = Base64.encode(Array(try macaroon.text(.v1).utf8), .standard)
    #expect(try Macaroon(parsingText: v1) == macaroon)
    let thrice = Base64.encode(Array(v1.utf8), .standard)
    let v2 = Base64.encode(Array(try macaroon.text(.v2).utf8), .standard)
    for text in [thrice, v2] {
      #expect(throws: MacaroonError.unknownFormat) { try Macaroon(parsingText: text) }
    }
  }

  @Test(arguments: ["", " ", "\n", "!", "AgE*", "AgEé", "Ag E", "02 01", "A", "purser"])
  func `text that spells no bytes is refused`(text: String) {
    #expect(throws: MacaroonError.self) { try Macaroon(parsingText: text) }
  }

  @Test func `no error shows a byte of the token`() throws {
    let secret = "5ecret5ecret"
    for text in [secret, "AgE\(secret)", #"{"i":"\#(secret)"}"#] {
      do throws(MacaroonError) {
        _ = try Macaroon(parsingText: text)
        Issue.record("\(text) was read")
      } catch {
        #expect(!"\(error)".contains(secret))
      }
    }
  }
}
