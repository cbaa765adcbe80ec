import LibCrypto
import Macaroons
import Testing

@Suite struct JSONTests {
  /// 32 zero bytes.
  static let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

  static let equivalent = [
    #"{"v":2,"l":"x","i":"Ou?T","c":[],"s64":"\#(zeros)"}"#,
    #"{"i":"Ou?T","l":"x","s64":"\#(zeros)"}"#,
    #"{"v":"2","l":"x","i64":"T3U/VA==","s64":"\#(zeros)="}"#,
    #"{"l64":"eA","i64":"T3U_VA==","c":[],"s64":"\#(zeros)"}"#,
    #"{"l":"x","i64":"T3U/VA","c":[],"s64":"\#(zeros)"}"#,
    #"{"s64":"\#(zeros)","i64":"T3U_VA","l":"x"}"#,
    #"{"\u0073":"\#(String(repeating: #"\u0000"#, count: 32))","i":"\u004fu?T","l":"x"}"#,
    "{ \"l\" :\t\"x\" ,\r\n\"i\":\"Ou?T\", \"c\" : [ ] , \"s64\":\"\(zeros)\"}\n",
  ]

  // The spellings of the format's own description, and what the libraries write.
  @Test(arguments: equivalent)
  func `every spelling of a field is read alike`(text: String) throws {
    let macaroon = try Macaroon(parsingText: text)
    #expect(macaroon.identifier == Array("Ou?T".utf8))
    #expect(macaroon.location == Array("x".utf8))
    #expect(macaroon.signature == [UInt8](repeating: 0, count: 32))
    #expect(macaroon.caveats.isEmpty)
  }

  @Test func `a missing identifier or condition is empty, as the Go library writes it`() throws {
    let macaroon = try Macaroon(parsingText: #"{"c":[{}],"s64":"\#(Self.zeros)"}"#)
    #expect(macaroon.identifier.isEmpty)
    #expect(macaroon.caveats.map(\.condition) == [[]])
  }

  @Test func `escapes and characters outside the basic plane are read as UTF-8`() throws {
    let text = #"{"i":"\"\\\/\b\f\n\r\t\u00e9\ud834\udd1e𝄞é","s64":"\#(Self.zeros)"}"#
    #expect(
      try Macaroon(parsingText: text).identifier
        == Array("\"\\/\u{8}\u{c}\n\r\té𝄞𝄞é".utf8))
  }

  @Test func `text that needs no escape is written as text, the rest as base64`() throws {
    let macaroon = try Macaroon(
      rootKey: [1], identifier: Array("é<>&".utf8), location: [0x22, 0x0a]
    )
    .attenuated(with: "a\"b").attenuated(with: [0xff]).attenuated(with: "")
    #expect(
      try macaroon.text(.v2JSON).hasPrefix(
        #"{"v":2,"l":"\u0022\u000a","i":"é<>&","c":[{"i64":"YSJi"},{"i64":"_w"},{"i":""}],"s64":"#))
    #expect(try Macaroon(parsingText: macaroon.text(.v2JSON)) == macaroon)
  }

  @Test func `a location that is not text is kept as base64`() throws {
    let macaroon = try Macaroon(rootKey: [1], identifier: [], location: [0xff])
    #expect(try macaroon.text(.v2JSON).contains(#""l64":"_w""#))
    #expect(try Macaroon(parsingText: macaroon.text(.v2JSON)) == macaroon)
  }

  static let malformed: [(String, MacaroonError)] = [
    ("{", .truncated),
    ("{}", .badSignatureLength),
    (#"{"i":"a"}"#, .badSignatureLength),
    (#"{"s":"short"}"#, .badSignatureLength),
    (#"{"s64":"AAAA"}"#, .badSignatureLength),
    (#"{"s64":"\#(zeros)"} x"#, .trailingBytes),
    (#"{"s64":"\#(zeros)"}{}"#, .trailingBytes),
    (#"{"s64":"\#(zeros)",}"#, .badJSON),
    (#"{,"s64":"\#(zeros)"}"#, .badJSON),
    (#"{"s64" "\#(zeros)"}"#, .badJSON),
    (#"{"s64":"\#(zeros)""#, .truncated),
    (#"{"s64":"*"}"#, .badJSON),
    (#"{"s64":null}"#, .badJSON),
    (#"{"s64":7}"#, .badJSON),
    (#"{s64:"\#(zeros)"}"#, .badJSON),
    (#"{"s64":"\#(zeros)","i":"a","i":"a"}"#, .unexpectedField),
    (#"{"s64":"\#(zeros)","i":"a","i64":"YQ"}"#, .unexpectedField),
    (#"{"s64":"\#(zeros)","c":[],"c":[]}"#, .unexpectedField),
    (#"{"s64":"\#(zeros)","v":2,"v":2}"#, .unexpectedField),
    (#"{"s64":"\#(zeros)","v":1}"#, .unexpectedField),
    (#"{"s64":"\#(zeros)","v":"1"}"#, .unexpectedField),
    (#"{"s64":"\#(zeros)","v":22}"#, .badJSON),
    (#"{"s64":"\#(zeros)","x":1}"#, .unexpectedField),
    (#"{"s64":"\#(zeros)","c":{}}"#, .badJSON),
    (#"{"s64":"\#(zeros)","c":[1]}"#, .badJSON),
    (#"{"s64":"\#(zeros)","c":[[]]}"#, .badJSON),
    (#"{"s64":"\#(zeros)","c":[{"i":"a"},]}"#, .badJSON),
    (#"{"s64":"\#(zeros)","c":[{"i":"a"}"#, .truncated),
    (#"{"s64":"\#(zeros)","c":[{"s":"a"}]}"#, .unexpectedField),
    (#"{"s64":"\#(zeros)","c":[{"i":"a","l":"b"}]}"#, .locationWithoutThirdParty),
    (#"{"s64":"\#(zeros)","c":[{"i":"a","v":""}]}"#, .emptyVerificationID),
    (#"{"s64":"\#(zeros)","c":[{"i":"a","v":"x","v64":"eA"}]}"#, .unexpectedField),
    (#"{"i":"\x"}"#, .badJSON),
    (#"{"i":"\u12"}"#, .badJSON),
    (#"{"i":"\u+123"}"#, .badJSON),
    (#"{"i":"\ud834"}"#, .badJSON),
    (#"{"i":"\ud834\u0041"}"#, .badJSON),
    (#"{"i":"\udd1e"}"#, .badJSON),
    ("{\"i\":\"\n\"}", .badJSON),
    (#"{"i":"a"#, .truncated),
    // The V1 fields as JSON, which some libraries also write.
    (#"{"caveats":[],"location":"","identifier":"a","signature":"00"}"#, .unexpectedField),
  ]

  @Test(arguments: malformed)
  func `malformed JSON is refused`(text: String, error: MacaroonError) {
    #expect(throws: error) { try Macaroon(parsingText: text) }
  }

  @Test func `a string that is not UTF-8 is refused`() {
    let bytes = Array(#"{"i":""#.utf8) + [0xff] + Array(#"","s64":"\#(Self.zeros)"}"#.utf8)
    #expect(throws: MacaroonError.badJSON) { try Macaroon(parsing: bytes) }
  }
}
