import Foundation
import NIOCore
import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct HTTPTests {
  private static let info = #"{"jsonrpc":"2.0","id":1,"method":"system.info"}"#

  /// A POST of `body`; `lines` take the place of its Host and length.
  private static func post(
    _ body: String = info, _ lines: [String]? = nil, more: [String] = []
  ) -> String {
    let head = lines ?? ["Host: localhost", "Content-Length: \(body.utf8.count)"]
    return (["POST / HTTP/1.1"] + head + more + ["", body]).joined(separator: "\r\n")
  }

  private static let lastOne = ["Connection: close"]

  /// What the daemon answers to `text`, until it closes the connection.
  private static func exchange(
    _ text: String, path: String, endSending: Bool = false
  ) async throws -> [String] {
    try await blocking {
      let client = try RawClient(path)
      client.send(text)
      if endSending { client.endSending() }
      return lines(of: client)
    }
  }

  /// What comes until the other end closes; the lines of a head end otherwise than those of JSON.
  private static func lines(of client: RawClient) -> [String] {
    client.lines().flatMap { $0.split(whereSeparator: \.isNewline) }.map(String.init)
  }

  private static func statuses(_ lines: [String]) -> [Int] {
    lines.filter { $0.hasPrefix("HTTP/1.1 ") }.compactMap { Int($0.split(separator: " ")[1]) }
  }

  @Test func `a posted request is answered on both sockets as a line is`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      for path in [daemon.agentsPath, daemon.operatorsPath] {
        let answer = try await Self.exchange(Self.post(more: Self.lastOne), path: path)
        #expect(Self.statuses(answer) == [200])
        #expect(answer.contains { $0.lowercased() == "content-type: application/json" })
        #expect(answer.last?.hasPrefix(#"{"id":1,"jsonrpc":"2.0","result":{"network""#) == true)
      }
    }
  }

  @Test func `a connection is kept for requests one after the other, in order`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let bodies = (1...20).map { #"{"jsonrpc":"2.0","id":\#($0),"method":"system.info"}"# }
      let text =
        bodies.dropLast().map { Self.post($0) }.joined()
        + Self.post(bodies[19], more: Self.lastOne)
      let answer = try await Self.exchange(text, path: daemon.agentsPath)
      #expect(Self.statuses(answer) == [Int](repeating: 200, count: 20))
      let ids = answer.compactMap { line in
        line.hasPrefix("{\"id\":") ? Int(line.dropFirst(6).prefix { $0.isNumber }) : nil
      }
      #expect(ids == Array(1...20))
    }
  }

  @Test func `an error of the API is a 200, and a notification has no answer`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let charge = #"{"jsonrpc":"2.0","id":7,"method":"spend.charge","params":{"amount_msat":1}}"#
      let wrong = try await Self.exchange(
        Self.post(charge) + Self.post("nonsense", more: Self.lastOne), path: daemon.agentsPath)
      #expect(Self.statuses(wrong) == [200, 200])
      #expect(wrong.contains { $0.contains("unauthenticated") && $0.contains(#""id":7"#) })
      #expect(wrong.contains { $0.contains("parse_error") })
      let silent = try await Self.exchange(
        Self.post(#"{"jsonrpc":"2.0","method":"system.info"}"#, more: Self.lastOne),
        path: daemon.agentsPath)
      #expect(Self.statuses(silent) == [204] && !silent.contains { $0.hasPrefix("{") })
      let batch = try await Self.exchange(
        Self.post("[\(Self.info),\n\(Self.info)]", more: Self.lastOne), path: daemon.agentsPath)
      #expect(batch.last?.hasPrefix("[{") == true)
    }
  }

  @Test func `a bearer token acts for its one request, and params come before it`() async throws {
    let daemon = try TestDaemon()
    let (small, large) = (daemon.top(.spend(msat(10)), id: 1), daemon.top(.spend(msat(99)), id: 2))
    try await daemon.serving { _ in
      func charge(_ amount: Int, token: String? = nil) -> String {
        let token = token.map { #","token":"\#($0)""# } ?? ""
        return
          #"{"jsonrpc":"2.0","id":1,"method":"spend.charge","params":{"amount_msat":\#(amount)\#(token)}}"#
      }
      let bearer = ["Authorization: Bearer \(small.text)"]
      let answer = try await Self.exchange(
        Self.post(charge(4), more: bearer) + Self.post(charge(40), more: bearer)
          + Self.post(charge(40, token: large.text), more: ["authorization: bearer \(small.text)"])
          + Self.post(charge(1), more: Self.lastOne), path: daemon.operatorsPath)
      let bodies = answer.filter { $0.hasPrefix("{") }
      try #require(bodies.count == 4)
      #expect(bodies[0].contains("\"settled_msat\":4"))
      #expect(bodies[1].contains("budget_exceeded"))
      #expect(bodies[2].contains("\"settled_msat\":40"))
      // The next request on the connection is an operator's again, who has no grant to charge.
      #expect(bodies[3].contains("unauthenticated"))
    }
    #expect(try daemon.counters(small).settled == 4 && daemon.counters(large).settled == 40)
  }

  @Test func `no session is opened over HTTP`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let answer = try await Self.exchange(
        Self.post(
          #"{"jsonrpc":"2.0","id":1,"method":"session.open"}"#,
          more: ["Authorization: Bearer \(daemon.top().text)"] + Self.lastOne),
        path: daemon.agentsPath)
      #expect(answer.last?.contains("\"conflict\"") == true)
    }
  }

  @Test func `a chunked body and one that waits to be asked for are read`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let (first, rest) = (Self.info.prefix(10), Self.info.dropFirst(10))
      let chunks =
        "\(String(first.utf8.count, radix: 16))\r\n\(first)\r\n"
        + "\(String(rest.utf8.count, radix: 16))\r\n\(rest)\r\n0\r\n\r\n"
      let chunked = try await Self.exchange(
        Self.post(
          chunks, ["Host: localhost:80", "Transfer-Encoding: chunked"], more: Self.lastOne),
        path: daemon.agentsPath)
      #expect(Self.statuses(chunked) == [200])
      try await blocking {
        let client = try RawClient(daemon.agentsPath)
        let text = Self.post(more: ["Expect: 100-continue"] + Self.lastOne)
        let split = try #require(text.range(of: "\r\n\r\n")).upperBound
        client.send(String(text[..<split]))
        #expect(Self.statuses(client.lines(1)) == [100])
        client.send(String(text[split...]))
        #expect(Self.statuses(Self.lines(of: client)) == [200])
      }
    }
  }

  /// What a request is refused with, and its head.
  static let refused: [(status: Int, text: String)] = {
    let length = "Content-Length: \(info.utf8.count)"
    let local = "Host: localhost"
    func head(_ lines: String...) -> String { post(info, lines) }
    return [
      (405, "GET / HTTP/1.1\r\n\(local)\r\n\r\n"), (405, "OPTIONS * HTTP/1.1\r\n\(local)\r\n\r\n"),
      (405, "PUT / HTTP/1.1\r\n\(local)\r\n\(length)\r\n\r\n\(info)"),
      (405, "CONNECT localhost:1 HTTP/1.1\r\n\(local)\r\n\r\n"),
      (404, "POST /rpc HTTP/1.1\r\n\(local)\r\n\(length)\r\n\r\n\(info)"),
      (404, "POST http://evil/ HTTP/1.1\r\n\(local)\r\n\(length)\r\n\r\n\(info)"),
      // For somebody else, or from a browser.
      (403, head("Host: evil.example", length)), (403, head("Host: localhost.evil", length)),
      (403, head("Host: 127.0.0.1", length)), (403, head("Host:", length)),
      (403, head("Host: localhost:99999", length)), (400, head(length)),
      (400, head(local, "Host: evil", length)), (403, head(local, length, "Origin: http://a")),
      (403, head(local, length, "Origin: null")),
      (403, head(local, length, "sec-fetch-site: none")),
      // Bodies.
      (413, head(local, "Content-Length: 1048577")),
      (413, head(local, "Content-Length: 18446744073709551615")),
      (415, head(local, length, "Content-Type: text/plain")),
      (415, head(local, length, "Content-Type: multipart/form-data; boundary=x")),
      (415, head(local, length, "Content-Type:")),
      (415, head(local, length, "Content-Encoding: gzip")),
      (417, head(local, length, "Expect: miracles")),
      (401, head(local, length, "Authorization: Basic YTpi")),
      (401, head(local, length, "Authorization: Bearer a", "Authorization: Bearer b")),
      (400, head(local, length, "Connection: Upgrade", "Upgrade: h2c")),
      // Two readers might see two requests in these.
      (400, head(local, length, length)), (400, head(local, length, "Content-Length: 0")),
      (400, head(local, "Content-Length: 5, 5")), (400, head(local, "Content-Length: +5")),
      (400, head(local, "Content-Length: -1")), (400, head(local, "Content-Length: 0x10")),
      (400, head(local, "Content-Length: 99999999999999999999")),
      (400, head(local, "Content-Length:")),
      (400, head(local, length, "Transfer-Encoding: chunked")),
      (400, head(local, "Transfer-Encoding: chunked", length)),
      (400, head(local, "Transfer-Encoding: gzip, chunked")),
      (400, head(local, "Transfer-Encoding: chunked, chunked")),
      (400, head(local, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")),
      (400, head(local, "Transfer-Encoding: identity")),
      (400, head(local, "Transfer-Encoding : chunked")), (400, head(local, "Content-Length : 5")),
      (400, head(local, "Transfer-Encoding:\u{b}chunked")),
      (400, head(local, length, "X: a\r\n b")), (400, head(" \(local)", length)),
      (400, head(local, length, "X: a\nY: b")), (400, head(local, length, "X: a\rY: b")),
      (400, head(local, length, "X: a\u{0}b")), (400, head(local, length, "X Y: a")),
      (400, head(local, length, ": a")),
      (400, "POST / HTTP/1.1\n\(local)\n\(length)\n\n\(info)"),
      (400, "POST / HTTP/1.1\r\n\(local)\r\n\(length)\n\r\n\(info)"),
      (400, "POST / HTTP/1.1 \r\n\(local)\r\n\(length)\r\n\r\n\(info)"),
      (400, "POST / HTTQ/1.1\r\n\(local)\r\n\(length)\r\n\r\n\(info)"),
      (400, "POST / HTTP/9.9\r\n\(local)\r\n\(length)\r\n\r\n\(info)"),
      (400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (400, "POST /\r\n\r\n"), (400, "SURPRISE\r\n\r\n"),
      (400, head(local, length, "X: " + String(repeating: "a", count: 30_000))),
      (400, head(local, length, (0..<80).map { "X\($0): a" }.joined(separator: "\r\n"))),
      (400, post("zz\r\n", [local, "Transfer-Encoding: chunked"])),
      (400, post("5\nhello\r\n0\r\n\r\n", [local, "Transfer-Encoding: chunked"])),
      (400, post("5\r\nhelloX\r\n0\r\n\r\n", [local, "Transfer-Encoding: chunked"])),
      (400, post("fffffffffffffffff\r\n", [local, "Transfer-Encoding: chunked"])),
      (
        413,
        post(
          "110000\r\n" + String(repeating: " ", count: 0x110000) + "\r\n0\r\n\r\n",
          [local, "Transfer-Encoding: chunked"])
      ),
    ]
  }()

  @Test func `what is no plain request for this host is refused, and the connection ends`()
    async throws
  {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      for (status, text) in Self.refused {
        // What follows a refused request is not read as another one.
        let answer = try await Self.exchange(
          text + Self.post(more: Self.lastOne), path: daemon.agentsPath)
        let title = String(text.prefix(160).debugDescription)
        #expect(Self.statuses(answer) == [status], "\(title)")
        #expect(!answer.contains { $0.contains("\"result\"") }, "\(title)")
        #expect(answer.contains { $0.lowercased() == "connection: close" }, "\(title)")
        #expect(answer.last?.contains("invalid_request") == true, "\(title)")
      }
    }
  }

  @Test func `a request that is not finished in time is a 408, and an idle connection just ends`()
    async throws
  {
    let daemon = try TestDaemon()
    var bounds = ConnectionBounds()
    bounds.lineTimeout = .milliseconds(50)
    try await daemon.serving(bounds: bounds) { _ in
      for text in ["POST / HT", Self.post("", ["Host: localhost", "Content-Length: 9"])] {
        let answer = try await Self.exchange(text, path: daemon.agentsPath)
        #expect(Self.statuses(answer) == [408])
      }
      let answer = try await Self.exchange(Self.post(), path: daemon.agentsPath)
      #expect(Self.statuses(answer) == [200])
    }
  }

  @Test func `a client that is done sending still gets its answer`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let answer = try await Self.exchange(
        Self.post(), path: daemon.agentsPath, endSending: true)
      #expect(Self.statuses(answer) == [200])
      let several = try await Self.exchange(
        Self.post() + Self.post() + Self.post(), path: daemon.agentsPath, endSending: true)
      #expect(Self.statuses(several) == [200, 200, 200])
      let half = try await Self.exchange(
        String(Self.post().dropLast(3)), path: daemon.agentsPath, endSending: true)
      #expect(Self.statuses(half).allSatisfy { $0 == 400 })
    }
  }

  @Test func `bytes that are cut anywhere are read the same`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let text = Array(Self.post(more: Self.lastOne).utf8)
      for cut in stride(from: 1, to: text.count, by: 7) {
        let answer = try await blocking {
          let client = try RawClient(daemon.agentsPath)
          client.send(Array(text[..<cut]))
          client.send(Array(text[cut...]))
          return Self.lines(of: client)
        }
        #expect(Self.statuses(answer) == [200], "cut at \(cut)")
      }
    }
  }

  @Test func `random damage to a request ends one connection at most`() async throws {
    let daemon = try TestDaemon()
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    let original = Array(Self.post(more: Self.lastOne).utf8)
    var damaged: [[UInt8]] = []
    for _ in 0..<200 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 1..<bytes.count, using: &random)
        if random.once(in: 3) { bytes.remove(at: index) } else { bytes[index] = random.bytes(1)[0] }
      }
      damaged.append(bytes)
    }
    try await daemon.serving { [damaged] _ in
      try await blocking {
        for bytes in damaged {
          let client = try RawClient(daemon.agentsPath)
          client.send(bytes)
          client.endSending()
          let statuses = Self.statuses(Self.lines(of: client))
          #expect(statuses.count <= 2 && !statuses.contains(500), "seed \(seed)")
        }
      }
      let answer = try await Self.exchange(Self.post(more: Self.lastOne), path: daemon.agentsPath)
      #expect(Self.statuses(answer) == [200])
    }
  }

  @Test func `a stopping daemon ends idle connections of both kinds`() async throws {
    let daemon = try TestDaemon()
    let server = daemon.socketServer()
    try await server.start()
    let clients = try [RawClient(daemon.agentsPath), RawClient(daemon.agentsPath)]
    clients[0].send(Self.post())
    #expect(try await blocking { clients[0].lines(6) }.first?.hasPrefix("HTTP/1.1 200 OK") == true)
    await server.stop()
    for client in clients { #expect(try await blocking { client.lines() } == []) }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "no curl"))
  func `curl posts a request over the socket`() async throws {
    let daemon = try TestDaemon()
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      let output = try await blocking {
        let curl = Process()
        let pipe = Pipe()
        curl.executableURL = URL(filePath: "/usr/bin/curl")
        curl.arguments = [
          "-sS", "--fail-with-body", "--unix-socket", path, "-d", Self.info, "http://localhost/",
        ]
        curl.standardOutput = pipe
        try curl.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        curl.waitUntilExit()
        #expect(curl.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
      }
      #expect(output.hasPrefix(#"{"id":1,"jsonrpc":"2.0","result":"#))
    }
  }
}
