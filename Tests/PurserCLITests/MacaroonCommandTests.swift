import Foundation
import LibCrypto
import Macaroons
import Testing

@Suite struct MacaroonCommandTests {
  /// "key" in hex.
  static let key = "6b6579"

  private func mint(_ options: String...) throws -> String {
    let done = try Program.run(
      ["macaroon", "mint", "--root-key", Self.key, "--identifier", "00ff"] + options)
    #expect(done.status == 0 && done.error == "")
    #expect(done.lines.count == 1)
    return String(try #require(done.lines.first))
  }

  private func verify(_ token: String, _ options: String...) throws -> Program.Outcome {
    try Program.run(["macaroon", "verify", "--root-key", Self.key] + options + [token])
  }

  @Test func `mint prints what the library makes, in each format`() throws {
    let expected = try Macaroon(
      rootKey: Array("key".utf8), identifier: [0, 255], location: Array("here".utf8)
    ).attenuated(with: "a = 1").attenuated(with: "").attenuated(with: "-é")
    for (name, format) in [("v1", MacaroonFormat.v1), ("v2", .v2), ("v2json", .v2JSON)] {
      let token = try mint(
        "--location", "here", "--caveat", "a = 1", "--caveat=", "--caveat", "-é", "--format", name)
      #expect(token == (try expected.text(format)))
    }
    #expect(try mint("--location=", "--caveat=x") == mint("--caveat", "x"))
  }

  @Test func `verify exits with 0 when every caveat is given, and else with 1 and the reason`()
    throws
  {
    let token = try mint("--caveat", "a = 1", "--caveat", "b = 2")
    #expect(
      try verify(token, "--caveat", "b = 2", "--caveat", "a = 1", "--caveat", "c = 3")
        == Program.Outcome(output: "ok\n", error: "", status: 0))
    let refused = try verify(token, "--caveat", "a = 1")
    #expect(refused.status == 1 && refused.output == "")
    #expect(
      refused.error == "purser: error: refused: caveat 2 is none of those given: b = 2\n")
    let foreign = try Program.run("macaroon", "verify", "--root-key", "00", token)
    #expect(foreign.status == 1)
    #expect(foreign.error == "purser: error: refused: the signature is not of this root key\n")
  }

  @Test func `verify reads every spelling from standard input and gives one verdict a line`()
    throws
  {
    let token = try mint("--caveat", "a = 1")
    let bytes = try Macaroon.bytes(ofText: token)
    let json = try mint("--caveat", "a = 1", "--format", "v2json")
    let lines = [
      token, Base64.encode(bytes, .standard), Hex.encode(bytes), Hex.encode(bytes).uppercased(),
      json, "", "nonsense", String(token.dropLast(4)), try mint("--caveat", "b = 2"),
    ]
    let done = try Program.run(
      "macaroon", "verify", "--root-key", Self.key, "--caveat", "a = 1", "-",
      input: lines.joined(separator: "\n"))
    #expect(done.status == 1 && done.error == "")
    #expect(done.lines.count == lines.count)
    #expect(done.lines.prefix(5).allSatisfy { $0 == "ok" })
    #expect(done.lines.dropFirst(5).allSatisfy { $0.hasPrefix("refused: ") })
    let good = try Program.run(
      "macaroon", "verify", "--root-key", Self.key, "--caveat", "a = 1", "-",
      input: "\(token)\r\n\(json)\n")
    #expect(good == Program.Outcome(output: "ok\nok\n", error: "", status: 0))
  }

  @Test func `a line without end or that is not text is refused, and the next one is read`() throws
  {
    let token = try mint()
    let long = [UInt8](repeating: 0x41, count: 3 * MacaroonLimits.inputBytes)
    let input = long + Array("\n".utf8) + [0xff, 0xfe, 0x0a] + Array(token.utf8)
    let done = try Program.run(["macaroon", "verify", "--root-key", Self.key, "-"], input: input)
    #expect(done.status == 1)
    #expect(
      done.lines == [
        "refused: the token is longer than 1048576 bytes",
        "refused: the text is neither base64 nor hex nor JSON", "ok",
      ])
    let empty = try Program.run("macaroon", "verify", "--root-key", Self.key, "-")
    #expect(empty.status == 1)
    #expect(empty.error.hasPrefix("purser: error: no token on standard input\nhint: "))
  }

  @Test func `the root key comes from a file or from standard input`() throws {
    let token = try mint()
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).key")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("\(Self.key)\n".utf8).write(to: file)
    #expect(try Program.run("macaroon", "verify", "--root-key-file", file.path, token).status == 0)
    #expect(
      try Program.run("macaroon", "verify", "--root-key-file", "-", token, input: Self.key).status
        == 0)
    for content in ["", "\n", "6b6", "key", "6b65\n79"] {
      let done = try Program.run(
        "macaroon", "verify", "--root-key-file", "-", token, input: content)
      #expect(done.status == 1)
      #expect(
        done.error.hasPrefix(
          "purser: error: the root key file does not hold one line of hex\nhint:"))
    }
    let missing = try Program.run("macaroon", "verify", "--root-key-file", "/no/such", token)
    #expect(missing.status == 1)
    #expect(missing.error.hasPrefix("purser: error: cannot open /no/such: No such file"))
  }

  @Test func `attenuate appends what the library appends and keeps the format`() throws {
    for format in ["v1", "v2", "v2json"] {
      let token = try mint("--caveat", "a = 1", "--format", format)
      let done = try Program.run(
        "macaroon", "attenuate", "--caveat", "b = 2", "--caveat", "c = 3", token)
      #expect(done.status == 0)
      #expect(
        done.output.dropLast()
          == (try mint(
            "--caveat", "a = 1", "--caveat", "b = 2", "--caveat", "c = 3", "--format", format)))
    }
    let bad = try Program.run(
      "macaroon", "attenuate", "--caveat", "x", "-", input: "\(try mint())\nbad\n")
    #expect(bad.status == 1 && bad.lines.count == 1)
    #expect(
      bad.error
        == "purser: error: line 2: cannot attenuate: the text is neither base64 nor hex nor JSON\n")
  }

  @Test func `inspect shows the fields and no character that could deceive a reader`() throws {
    let token = try mint(
      "--location", "here", "--caveat", "a = 1", "--caveat", "x\u{202e}\u{1b}[2J")
    let signature = Hex.encode(try Macaroon(parsingText: token).signature)
    let done = try Program.run("macaroon", "inspect", token)
    #expect(done.status == 0)
    #expect(
      done.lines == [
        "format      v2", "location    here", "identifier  0x00ff", "caveat 1    a = 1",
        "caveat 2    0x78e280ae1b5b324a", "signature   \(Substring(signature))",
      ])
    let refused = try verify(token, "--caveat", "a = 1")
    #expect(refused.error == "purser: error: refused: caveat 2 is none of those given: x[2J\n")
  }

  @Test func `inspect --json gives every field in hex, and third parties' as they came`() throws {
    let token =
      #"{"i":"id","l":"x","c":[{"i64":"_w"},{"i":"t","l":"there","v64":"AAEC_w"}],"#
      + #""s64":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#
    let done = try Program.run("macaroon", "inspect", "--json", token)
    let zeros = String(repeating: "0", count: 64)
    #expect(
      done.output
        == #"{"caveats":[{"condition_hex":"ff","third_party":false},"#
        + #"{"condition":"t","condition_hex":"74","location":"there","location_hex":"7468657265","#
        + #""third_party":true,"verification_id_hex":"000102ff"}],"format":"v2json","#
        + #""identifier":"id","identifier_hex":"6964","location":"x","location_hex":"78","#
        + #""signature":"\#(zeros)"}"# + "\n")
  }

  static let wrongUsage: [[String]] = [
    ["macaroon", "verify", "AgE"],
    ["macaroon", "verify", "--root-key", "00", "--root-key-file", "x", "AgE"],
    ["macaroon", "verify", "--root-key", "zz", "AgE"],
    ["macaroon", "verify", "--root-key", "", "AgE"],
    ["macaroon", "verify", "--root-key", "00"],
    ["macaroon", "verify", "--root-key-file", "-", "-"],
    ["macaroon", "mint", "--root-key", "00"],
    ["macaroon", "mint", "--root-key", "00", "--identifier", "0"],
    ["macaroon", "mint", "--root-key", "00", "--identifier", "00", "--format", "v3"],
    ["macaroon", "attenuate", "AgE"],
    ["macaroon", "nonsense"],
    ["nonsense"],
  ]

  @Test(arguments: wrongUsage)
  func `wrong usage exits with 64 and names the help`(arguments: [String]) throws {
    let done = try Program.run(arguments)
    #expect(done.status == 64 && done.output == "")
    let lines = done.error.split(separator: "\n")
    #expect(lines.first?.hasPrefix("purser: error: ") == true)
    #expect(lines.last?.hasPrefix("hint: see 'purser ") == true)
    #expect(lines.last?.contains("--help'") == true)
  }

  @Test func `help goes to standard output and exits with 0`() throws {
    for arguments in [["--help"], ["macaroon", "mint", "--help"], []] {
      let done = try Program.run(arguments)
      #expect(done.status == 0 && done.error == "")
      #expect(done.output.contains("USAGE: purser"))
    }
  }
}
