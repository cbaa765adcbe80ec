import Foundation
import PurserAPI
import PurserClient
import PurserCore
import Testing

extension EndToEnd {
  /// `purser fetch` as a program that fetches: files, redirects, and servers that misbehave.
  @Suite struct FetchingTests {
    /// A server without a daemon: nobody has to be paid.
    private static func use(
      _ answer: @escaping @Sendable (ScriptedHTTP.Request, ScriptedHTTP.Write) throws -> Void,
      _ body: @escaping @Sendable (FetchProgram, ScriptedHTTP) throws -> Void
    ) async throws {
      try await Installation.use { installation in
        let server = try ScriptedHTTP(answer)
        defer { server.close() }
        try body(FetchProgram(installation, token: nil), server)
      }
    }

    @Test func `neither a credential nor a cookie follows a redirect to another origin`()
      async throws
    {
      let other = try ScriptedHTTP { request, write in
        let isAsking = request.path == "/asks"
        _ = write(
          isAsking
            ? ScriptedHTTP.http(
              "402 Payment Required", ["WWW-Authenticate: L402 token=\"a\", invoice=\"b\""])
            : ScriptedHTTP.http("200 OK", text: "elsewhere\n"))
      }
      defer { other.close() }
      let elsewhere = other.origin
      try await Installation.use { installation in
        let seller = try Seller(network: installation.network)
        let server = try ScriptedHTTP { request, write in
          guard request.headers["authorization"] != nil else {
            let minted = try seller.challenge(for: "shop", price: Msat(5000) ?? .zero)
            _ = write(
              ScriptedHTTP.http(
                "402 Payment Required",
                minted.parameters.wwwAuthenticate.map { "WWW-Authenticate: \($0)" }))
            return
          }
          let place = request.path == "/here" ? "/there" : elsewhere + request.path
          _ = write(
            request.path == "/there"
              ? ScriptedHTTP.http("200 OK", text: "there\n")
              : ScriptedHTTP.http("302 Found", ["Location: \(place)"]))
        }
        defer { server.close() }
        try installation.writePolicy(
          """
            shop:
              origins: ["\(server.origin)"]
              challenge_path: /shop
          """)
        _ = try installation.startDaemon()
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        let away = try fetch("-L", "-H", "Cookie: s=1", "\(server.origin)/away").ended(0)
        try check(away.output == "elsewhere\n", away.output)
        let came = other.requests
        try check(
          came.count == 1
            && came.allSatisfy { $0.headers["authorization"] == nil && $0.headers["cookie"] == nil },
          "\(came)")
        let here = try fetch("-L", "\(server.origin)/here").ended(0)
        try check(here.output == "there\n", "a redirect within the origin: \(here.output)")
        let asked = try fetch("-L", "\(server.origin)/asks").ended(1)
        try check(asked.error.contains("redirect"), asked.error)
        let stays = try fetch("-i", "\(server.origin)/away").ended(0)
        try check(stays.output.hasPrefix("HTTP/1.1 302"), "followed without -L: \(stays.output)")
        try installation.checkPaid(times: 1)
      }
    }

    @Test func `a redirect without end is left`()
      async throws
    {
      try await Self.use { request, write in
        _ = write(ScriptedHTTP.http("302 Found", ["Location: \(request.path)x"]))
      } _: { fetch, server in
        try fetch("-L", "\(server.origin)/").ended(1)
        try check(server.requests.count == 21, "\(server.requests.count) requests")
      }
    }

    @Test func `a file goes on where it ends`() async throws {
      let whole = String(repeating: "0123456789", count: 1000)
      try await Self.use { request, write in
        let start = request.headers["range"].flatMap { Int($0.dropFirst(6).dropLast()) } ?? 0
        let total = whole.utf8.count
        if request.path == "/ignores" || start == 0 {
          _ = write(ScriptedHTTP.http("200 OK", text: whole))
        } else if start >= total {
          _ = write(
            ScriptedHTTP.http("416 Range Not Satisfiable", ["Content-Range: bytes */\(total)"]))
        } else if request.path == "/gone" {
          _ = write(ScriptedHTTP.http("404 Not Found", text: "no"))
        } else {
          _ = write(
            ScriptedHTTP.http(
              "206 Partial Content", ["Content-Range: bytes \(start)-\(total - 1)/\(total)"],
              text: String(whole.dropFirst(start))))
        }
      } _: { fetch, server in
        let file = "\(fetch.installation.directory)/file"
        func content() throws -> String { try String(contentsOfFile: file, encoding: .utf8) }
        func part(_ text: String) throws {
          try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
        try fetch("-c", "-o", file, "\(server.origin)/x").ended(0, "a new file")
        try check(try content() == whole, "a new file is not whole")
        try part(String(whole.prefix(4321)))
        let report = try fetch("-c", "-o", file, "--json", "\(server.origin)/x").ended(0).json()
        try check(try content() == whole, "the resumed file is not whole")
        try check(report["resumed_from"] as? Int == 4321, "\(report)")
        try check(report["size"] as? Int == whole.utf8.count - 4321, "\(report)")
        try fetch("-c", "-o", file, "\(server.origin)/x").ended(0, "a whole file")
        try check(try content() == whole, "the whole file was changed")
        try part("old")
        try fetch("-c", "-o", file, "\(server.origin)/ignores").ended(0, "no ranges")
        try check(try content() == whole, "the file was not begun anew")
        try part("a part")
        try fetch("-c", "-o", file, "\(server.origin)/gone").ended(1, "what is gone")
        try check(try content() == "a part", "an error was written into the file")
        let packed = server.requests.filter { $0.headers["accept-encoding"] != "identity" }
        try check(packed.isEmpty, "a part of packed bytes was asked for")
      }
    }

    @Test func `a body is streamed, however long it is and to whatever it unpacks`() async throws {
      let total = 256 << 20
      try await Self.use { request, write in
        if request.path == "/bomb" {
          let bomb = try Data(contentsOf: URL(filePath: "\(request.headers["x-file"] ?? "")"))
          _ = write(ScriptedHTTP.http("200 OK", ["Content-Encoding: gzip"], Array(bomb)))
          return
        }
        _ = write(Array("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n".utf8))
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        for _ in 0..<(total >> 20) where !write(piece) { return }
      } _: { fetch, server in
        let plain = try fetch("-o", "/dev/null", "--json", "\(server.origin)/long").ended(0)
        try check(try plain.json()["size"] as? Int == total, plain.output)
        try check(plain.peakMemory < 160 << 20, "\(plain.peakMemory >> 20) MiB of memory")
        let bomb = "\(fetch.installation.directory)/bomb.gz"
        let packer = try ChildProcess(
          "/bin/sh", ["-c", "head -c \(total) /dev/zero | gzip -9 > \(bomb)"], log: "/dev/null")
        try check(try packer.waitForExit(seconds: 120) == 0, "no gzip")
        let unpacked = try fetch(
          "-o", "/dev/null", "--json", "-H", "X-File: \(bomb)", "\(server.origin)/bomb"
        ).ended(0)
        try check(try unpacked.json()["size"] as? Int == total, unpacked.output)
        try check(unpacked.peakMemory < 200 << 20, "\(unpacked.peakMemory >> 20) MiB of memory")
        let most = try fetch(
          "-o", "/dev/null", "--max-filesize", "1000000", "-H", "X-File: \(bomb)",
          "\(server.origin)/bomb"
        ).ended(1)
        try check(most.error.contains("--max-filesize"), most.error)
        let told = try fetch("--json", "\(server.origin)/long").ended(0).json()
        try check(told["body"] == nil && told["body_omitted"] as? Bool == true, "\(told.keys)")
      }
    }

    @Test func `a server that breaks off, stalls or talks nonsense ends with status 4`()
      async throws
    {
      try await Self.use { request, write in
        switch request.path {
        case "/short":
          _ = write(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345".utf8))
          throw Failure("over")
        case "/chunks":
          _ = write(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".utf8))
          throw Failure("over")
        case "/size":
          _ = write(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".utf8))
        case "/nonsense": _ = write(Array("hello\r\n\r\n".utf8))
        case "/empty", "/head":
          let length = request.method == "HEAD" ? 100 : 0
          _ = write(
            Array(
              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(length)\r\n\r\n"
                .utf8))
        case "/gzip":
          _ = write(ScriptedHTTP.http("200 OK", ["Content-Encoding: gzip"], text: "not gzip"))
        case "/stall":
          _ = write(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1".utf8))
        case "/silent": break
        default: throw Failure("hang up")
        }
      } _: { fetch, server in
        for path in ["short", "chunks", "size", "nonsense", "gzip", "hang-up"] {
          let outcome = try fetch("--timeout", "20", "\(server.origin)/\(path)").ended(4, path)
          try check(!outcome.error.isEmpty, "\(path) says nothing")
        }
        try fetch("\(server.origin)/empty").ended(0, "an empty body")
        try fetch("-X", "HEAD", "\(server.origin)/head").ended(0, "no body")
        for path in ["stall", "silent"] {
          let outcome = try fetch("--timeout", "1", "\(server.origin)/\(path)").ended(4, path)
          try check(outcome.error.contains("--timeout"), "\(path): \(outcome.error)")
        }
        let nobody = try fetch("http://127.0.0.1:1/").ended(4, "nobody there")
        try check(nobody.error.hasSuffix("127.0.0.1:1: connection refused\n"), nobody.error)
        let nowhere = try fetch("http://no-such-host.invalid/").ended(4, "no such host")
        try check(nowhere.error.contains("has no address"), nowhere.error)
        // The others of a command are fetched all the same.
        let both = try fetch("\(server.origin)/hang-up", "http://127.0.0.1:1/", "--json").ended(4)
        try check(both.output.split(separator: "\n").count == 2, both.output)
      }
    }

    @Test func `what is not paid for says why`() async throws {
      let asks = try ScriptedHTTP { request, write in
        _ = write(
          ScriptedHTTP.http(
            "402 Payment Required",
            request.path == "/other"
              ? [] : ["WWW-Authenticate: L402 token=\"a\", invoice=\"b\""], text: "pay\n"))
      }
      defer { asks.close() }
      let origin = asks.origin
      try await Installation.use { installation in
        let nobody = FetchProgram(installation, token: nil)
        let tokenless = try nobody("\(origin)/x").ended(1)
        try check(tokenless.error.contains("PURSER_TOKEN"), tokenless.error)
        let plain = try nobody("\(origin)/other").ended(0, "a 402 that asks for nothing known")
        try check(plain.output == "pay\n", plain.output)
        let lost = FetchProgram(installation, token: "purser1_AAAA")
        try lost("\(origin)/x").ended(4, "no daemon")
        try installation.writePolicy(
          """
            one:
              origins: ["\(origin)"]
              challenge_path: /a
            two:
              origins: ["\(origin)"]
              challenge_path: /b
            far:
              origins: ["https://far.example"]
              challenge_path: /
          """)
        _ = try installation.startDaemon()
        let fetch = try FetchProgram(installation, spend: 1_000_000)
        let cases: [([String], String)] = [
          (["\(origin)/x"], "--service"), (["--service", "far", "\(origin)/a"], "far.example"),
          (["--service", "none", "\(origin)/a"], "no service"),
          (["-k", "\(origin)/a"], "--insecure"),
          (["-H", "Authorization: Basic eA==", "\(origin)/a"], "Authorization"),
          (["\(origin.replacing("127.0.0.1", with: "localhost"))/a"], "no service"),
        ]
        for (arguments, words) in cases {
          let outcome = try fetch.run(arguments).ended(1, words)
          try check(outcome.error.contains(words), "\(words): \(outcome.error)")
        }
        let own = asks.requests.compactMap { $0.headers["authorization"] }
        try check(own == ["Basic eA=="], "\(own)")
        // The challenge itself is nonsense: the daemon says so.
        try fetch("--service", "one", "\(origin)/x").ended(3, "a challenge that is none")
        try FetchProgram(installation, token: "purser1_AAAA")("\(origin)/a").ended(1, "a bad token")
      }
    }
  }
}
