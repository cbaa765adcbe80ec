import Foundation
import Glibc
import Macaroons
import PurserAPI
import PurserCore
import PurserPeer
import Testing

@Suite struct TokenCommandTests {
  private let keyring: Keyring
  private let token: GrantToken

  init() throws {
    keyring = try #require(Keyring(keys: [7: [UInt8](repeating: 5, count: 32)], currentKeyID: 7))
    let top = try #require(NodeID(bytes: [UInt8](repeating: 0xab, count: 16)))
    token = try GrantToken.mint(
      grantID: top,
      caveats: [.name("top"), .spend(try #require(Msat(500_000))), .depth(2)], keyring: keyring)
  }

  private func purser(_ arguments: String..., token text: String? = nil) throws -> Program.Outcome {
    try Program.run(
      ["token"] + arguments, environment: ["PURSER_TOKEN": text ?? token.text])
  }

  @Test func `attenuate opens a level with the limits that were given`() throws {
    let start = UInt64(Date().timeIntervalSince1970)
    let done = try purser(
      "attenuate", "--name", "Jürgen's worker", "--spend", "0.001btc", "--payment", "5sat",
      "--service", "weather", "--service", "maps", "--capability", "weather:forecast",
      "--capability", "weather:history", "--ttl", "1h30m", "--depth", "0")
    #expect(done.status == 0 && done.error == "")
    let text = try #require(done.lines.first)
    let chain = try GrantChain(verifying: try GrantToken(parsing: text), keyring: keyring)
    #expect(chain.levels.count == 2)
    #expect(chain.holder.name == "Jürgen's worker")
    #expect(chain.holder.spendLimit?.value == 100_000_000)
    #expect(chain.holder.paymentLimit?.value == 5000)
    #expect(chain.holder.services == ["weather", "maps"])
    #expect(chain.holder.capabilities == ["weather": ["forecast", "history"]])
    #expect(chain.holder.depth == 0)
    let end = try #require(chain.validUntilSeconds)
    #expect((start + 5400...start + 5400 + 60).contains(end))
  }

  @Test func `attenuate binds a level to a process`() throws {
    let done = try purser(
      "attenuate", "--peer", "uid=1001", "--peer", "cgroup=/agents", "--bind-pid", "\(getpid())")
    let text = try #require(done.lines.first)
    let chain = try GrantChain(verifying: try GrantToken(parsing: text), keyring: keyring)
    let own = try #require(ProcessFiles().stamp(of: getpid()))
    #expect(chain.bindings.map(\.text) == ["uid=1001", "cgroup=/agents", "pid=\(own.text)"])
    let shown = try purser("inspect", token: String(text))
    #expect(shown.output.contains("peer=uid=1001"))
    #expect(shown.output.contains("peer=pid=\(own.text)"))
  }

  @Test func `attenuate binds to nothing that no process is`() throws {
    let bound = try token.attenuated(with: [.peer(.user(7))])
    for arguments in [
      ["--peer", "uid=1", "--peer", "uid=2"], ["--peer", "user=1"], ["--peer", "cgroup=a"],
      ["--bind-pid", "0"], ["--bind-pid", "x"], ["--bind-pid", "2147483647"],
    ] {
      let done = try Program.run(
        ["token", "attenuate"] + arguments, environment: ["PURSER_TOKEN": token.text])
      #expect(done.status == 64 && done.output == "")
    }
    let done = try purser("attenuate", "--peer", "uid=8", token: bound.text)
    #expect(done.status == 1 && done.output == "")
    #expect(done.error.contains("no process is both uid=7 and uid=8"))
  }

  @Test func `a level is opened also with no limits, each time another`() throws {
    let nodes = try (0..<3).map { _ in
      let text = try #require(try purser("attenuate").lines.first)
      let chain = try GrantChain(verifying: try GrantToken(parsing: text), keyring: keyring)
      #expect(chain.levels.count == 2)
      return chain.node
    }
    #expect(Set(nodes).count == 3)
  }

  @Test func `the node that attenuate names is the one that the daemon counts on`() throws {
    struct Report: Decodable {
      let node: NodeID
      let token: String
    }
    let done = try purser("attenuate", "--json", "--spend", "1sat", "--no-services")
    let report = try WireJSON.decode(Report.self, from: Array(done.output.utf8))
    let chain = try GrantChain(
      verifying: try GrantToken(parsing: report.token), keyring: keyring)
    #expect(chain.node == report.node)
    #expect(chain.holder.services == [])
  }

  @Test func `a token that every daemon would refuse is not made`() throws {
    let first = try #require(try purser("attenuate").lines.first)
    let second = try #require(try purser("attenuate", token: String(first)).lines.first)
    let third = try purser("attenuate", token: String(second))
    #expect(third.status == 1 && third.output == "")
    #expect(third.error.hasPrefix("purser: error: every daemon would refuse the new token: "))
  }

  @Test func `inspect shows every level and says that nothing is verified`() throws {
    let child = try token.attenuated(with: [
      .grant([UInt8](repeating: 0xcd, count: 16)), .validUntil(1_700_000_000), .services([]),
    ])
    let done = try purser("inspect", token: child.text)
    #expect(done.status == 0)
    #expect(
      done.lines == [
        "not verified: only the daemon can tell whether this token is genuine",
        "it has expired, by this machine's clock",
        "level 0, grant \(String(repeating: "ab", count: 16)), key 7", "  name=top",
        "  spend_msat=500000  (500sat)", "  depth=2",
        "level 1, opened by grant=\(String(repeating: "cd", count: 16))",
        "  valid_until=1700000000  (2023-11-14 22:13:20Z)", "  services=  (none)",
      ])
    let json = try purser("inspect", "--json", token: child.text)
    #expect(
      json.output == """
        {"expired":true,"faults":[],"key_id":7,"levels":[\
        {"caveats":["name=top","spend_msat=500000","depth=2"]},\
        {"caveats":["valid_until=1700000000","services="],\
        "grant":"\(String(repeating: "cd", count: 16))"}],\
        "top_node":"\(String(repeating: "ab", count: 16))","valid_until":1700000000,\
        "verified":false}

        """)
  }

  @Test func `inspect names what every daemon would refuse`() throws {
    let foreign = try GrantToken(
      token.macaroon.attenuated(with: "colour=red\u{1b}[31m").attenuated(with: "depth=01"))
    let done = try purser("inspect", token: foreign.text)
    #expect(done.status == 0)
    #expect(done.output.contains("every daemon refuses it: caveat 4: "))
    #expect(done.output.contains("every daemon refuses it: caveat 5: 'depth' does not take this"))
    #expect(!done.output.contains("\u{1b}"))
  }

  @Test func `the token comes from a file, from the environment or from standard input`() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write("  \(token.text)\n\n", to: "token")
    let expected = try purser("inspect")
    #expect(try purser("inspect", "--token-file", file, token: "nonsense") == expected)
    #expect(
      try Program.run(["token", "inspect"], input: Array("\(token.text)\r\n".utf8)) == expected)
    #expect(
      try Program.run(["token", "inspect", "--token-file", "-"], input: Array(token.text.utf8))
        == expected)
  }

  @Test func `a token is never an argument`() throws {
    let done = try Program.run(["token", "inspect", token.text])
    #expect(done.status == 64)
  }

  @Test func `without a whole token the status is 4, or 1 where a file cannot be read`() throws {
    let cut = String(token.text.dropLast(5))
    for text in ["", "nonsense", cut, token.text + "A", "purser1_"] {
      let done = try purser("inspect", token: text)
      #expect(done.status == 4 && done.output == "")
      #expect(done.error.hasPrefix("purser: error: "))
      #expect(!done.error.contains(token.text.suffix(20)))
    }
    for (path, input) in [("/no/such", ""), ("-", ""), ("-", "a\nb\n"), ("/", "")] {
      let done = try Program.run(
        ["token", "inspect", "--token-file", path], input: Array(input.utf8))
      #expect(done.status == 1 && done.output == "")
      #expect(done.error.hasPrefix("purser: error: "))
    }
  }

  @Test(arguments: [
    ["--spend", "500"], ["--spend", "-5sat"], ["--ttl", "90"],
    ["--ttl", "1h", "--valid-until", "9"],
    ["--service", "a b"], ["--service", "a", "--service", "a"],
    ["--service", "a", "--no-services"],
    ["--capability", "forecast"], ["--name", ""], ["--name", String(repeating: "n", count: 65)],
    ["--depth", "-1"], ["--valid-until", "99999999999999999"], ["--unknown"],
  ])
  func `limits that no grant can have are wrong usage`(options: [String]) throws {
    let done = try Program.run(
      ["token", "attenuate"] + options, environment: ["PURSER_TOKEN": token.text])
    #expect(done.status == 64 && done.output == "")
    #expect(done.error.hasPrefix("purser: error: "))
    #expect(done.error.split(separator: "\n").count == 2)
  }
}
