import ArgumentParser
import Foundation
import NIOHTTP1
import PurserAPI
import PurserCore
import Testing

@testable import purser

@Suite struct FetchTests {
  // MARK: - URLs

  @Test(arguments: [
    ("https://Example.com", "https://example.com", "/"),
    ("HTTPS://example.com:443/a?b#c", "https://example.com", "/a?b"),
    ("http://example.com:80/", "http://example.com", "/"),
    ("http://127.0.0.1:8402/a/b", "http://127.0.0.1:8402", "/a/b"),
    ("https://example.com:8443?x=1", "https://example.com:8443", "/?x=1"),
    ("https://example.com:/x", "https://example.com", "/x"),
    ("http://[::1]:9/x", "http://[::1]:9", "/x"),
    ("https://[2001:DB8::1]/", "https://[2001:db8::1]", "/"),
    ("https://a.example/x@y:z", "https://a.example", "/x@y:z"),
  ])
  func `a URL has its origin as the policy spells it`(
    text: String, origin: String, target: String
  ) throws {
    let url = try #require(FetchURL(text))
    #expect(url.origin == origin && url.target == target)
  }

  @Test(arguments: [
    "", "example.com", "//example.com/", "ftp://example.com/", "https://", "https:///x",
    "https://user@example.com/", "https://user:pw@example.com/", "https://a.example\\@b.example/",
    "https://exa mple.com/", "https://example.com/a b", "https://example.com/\u{e9}",
    "https://ex\u{e4}mple.com/", "https://example.com:0/", "https://example.com:65536/",
    "https://example.com:8a/", "https://example.com:+1/", "https://[::1/", "https://::1/",
    "https://[]/", "https://example.com/\r\nx", "https://a%2eb/", "file:///etc/passwd",
    "https://example.com/" + String(repeating: "a", count: 8200),
  ])
  func `what another program could read as another host is no URL`(text: String) {
    #expect(FetchURL(text) == nil)
  }

  @Test(arguments: [
    ("https://other.example/x", "https://other.example/x"),
    ("//other.example", "https://other.example/"),
    ("/z", "https://a.example/z"), ("z", "https://a.example/b/z"),
    ("?q", "https://a.example/b/c?q"),
    ("../z", "https://a.example/z"), ("../../../z", "https://a.example/z"),
    ("./", "https://a.example/b/"), ("", "https://a.example/b/c?d"),
    ("z/./y/../x?../q#f", "https://a.example/b/z/x?../q"),
    ("http://a.example/", "http://a.example/"),
  ])
  func `a location is read as RFC 3986 says`(reference: String, expected: String) throws {
    let base = try #require(FetchURL("https://a.example/b/c?d"))
    #expect(base.resolving(reference)?.text == expected)
  }

  @Test(arguments: ["javascript:alert(1)", "file:///etc/passwd", "//u@h/", "/a b", "gopher://x/"])
  func `a location of another kind is not followed`(reference: String) throws {
    let base = try #require(FetchURL("https://a.example/b/c?d"))
    #expect(base.resolving(reference) == nil)
  }

  @Test func `a file is called as the URL ends, and never somewhere else`() throws {
    func name(_ path: String) -> String? { FetchURL("https://a.example\(path)")?.fileName }
    #expect(name("/x/data.json?y=/z") == "data.json" && name("/%2e%2e%2fx") == "%2e%2e%2fx")
    #expect(name("/") == nil && name("/x/") == nil && name("/..") == nil && name("/.") == nil)
  }

  // MARK: - Redirects

  private func hop(_ url: String, _ method: HTTPMethod = .GET, body: [UInt8]? = nil) throws -> Hop {
    Hop(
      url: try #require(FetchURL(url)), method: method,
      headers: [
        "Authorization": "Bearer s3", "Cookie": "s=1", "X-Mine": "y", "content-type": "text/plain",
      ], body: body)
  }

  @Test func `secrets stay behind when a redirect leads to another origin`() throws {
    for location in [
      "https://b.example/", "http://a.example/", "https://a.example:444/", "//b.example/x",
    ] {
      let next = try #require(
        try hop("https://a.example/x").following(status: 302, location: location))
      #expect(!next.headers.contains(name: "authorization"), "\(location)")
      #expect(!next.headers.contains(name: "cookie") && next.headers.contains(name: "x-mine"))
    }
    let same = try hop("https://a.example/x").following(
      status: 302, location: "https://A.example:443/y")
    #expect(same?.headers.contains(name: "authorization") == true)
  }

  @Test(arguments: [
    (301, "GET", false), (302, "GET", false), (303, "GET", false), (307, "POST", true),
    (308, "POST", true),
  ])
  func `a redirected POST keeps its body only where RFC 9110 says so`(
    status: Int, method: String, keeps: Bool
  ) throws {
    let next = try hop("https://a.example/x", .POST, body: [1]).following(
      status: status, location: "/y")
    #expect(next?.method.rawValue == method && (next?.body != nil) == keeps)
    #expect(next?.headers.contains(name: "content-type") == keeps)
  }

  @Test func `no redirect without a location, and none to what is no URL`() throws {
    #expect(try hop("https://a.example/").following(status: 302, location: nil) == nil)
    #expect(try hop("https://a.example/").following(status: 304, location: "/x") == nil)
    #expect(throws: FetchFailure.self) {
      try hop("https://a.example/").following(status: 302, location: "file:///x")
    }
  }

  // MARK: - Resuming

  @Test func `a part is continued only with the part that follows it`() throws {
    func plan(_ status: Int, _ range: String?, _ offset: UInt64) throws -> Resume {
      try Resume.plan(status: status, contentRange: range, offset: offset)
    }
    #expect(try plan(200, nil, 0) == .restart && plan(404, nil, 0) == .restart)
    #expect(try plan(206, "bytes 5-9/10", 5) == .append)
    #expect(try plan(200, nil, 5) == .restart)
    #expect(try plan(416, "bytes */5", 5) == .complete)
    for (status, range) in [
      (206, "bytes 4-9/10"), (206, nil), (206, "bytes=5-9/10"), (206, "bytes -5/10"),
      (416, "bytes */6"), (416, nil), (404, nil), (500, nil), (302, nil), (402, nil),
    ] as [(Int, String?)] {
      #expect(throws: FetchFailure.self, "\(status) \(range ?? "-")") { try plan(status, range, 5) }
    }
  }

  // MARK: - Services

  private func service(_ id: String, _ origins: [String], _ path: String) -> ServiceList.Entry {
    ServiceList.Entry(
      Service(id: id, origins: origins, challengePath: path), hasCredential: false)
  }

  @Test func `a URL's service has its very origin`() throws {
    let services = [
      service("one", ["https://a.example", "https://b.example:8443"], "/"),
      service("data", ["http://127.0.0.1:8402"], "/market-data/prices"),
      service("news", ["http://127.0.0.1:8402"], "/news/latest?x=/market-data"),
    ]
    func choice(_ url: String) throws -> ServiceChoice {
      ServiceChoice.of(try #require(FetchURL(url)), among: services)
    }
    #expect(try choice("https://a.example/x") == .one(services[0]))
    #expect(try choice("https://b.example:8443/x") == .one(services[0]))
    for url in [
      "http://a.example/", "https://b.example/", "https://a.example:8443/",
      "https://a.example.evil.example/", "https://xa.example/", "https://a.example./",
    ] {
      #expect(try choice(url) == .none, "\(url)")
    }
    #expect(try choice("http://127.0.0.1:8402/news/older") == .one(services[2]))
    #expect(try choice("http://127.0.0.1:8402/market-data/depth?q") == .one(services[1]))
    #expect(try choice("http://127.0.0.1:8402/") == .several(["data", "news"]))
    #expect(try choice("http://127.0.0.1:8402/newsletter") == .several(["data", "news"]))
  }

  // MARK: - Options

  private func parse(_ arguments: String...) throws -> FetchCommand {
    try #require(try Purser.parseAsRoot(["fetch"] + arguments) as? FetchCommand)
  }

  @Test func `options are curl's, short ones together too`() throws {
    let command = try parse(
      "-iLkq", "-X", "PUT", "-H", "X-A: 1", "-d", "a=1", "-d", "b=2", "--max-cost", "10sat",
      "--timeout", "7", "https://a.example/x")
    #expect(command.output.include && command.request.location && command.request.insecure)
    #expect(command.output.quiet && command.payment.maxCost?.value == 10_000)
    #expect(command.request.timeout == 7)
    let hop = try command.request.hop(to: try #require(command.urls.first))
    #expect(hop.method == .PUT && hop.body == Array("a=1&b=2".utf8))
    #expect(hop.headers["x-a"] == ["1"])
    #expect(hop.headers["content-type"] == ["application/x-www-form-urlencoded"])
  }

  @Test func `a header takes the place of the usual one, or leaves it out`() throws {
    let command = try parse(
      "-H", "Accept: text/plain", "-H", "User-Agent:", "-H", "content-type:application/json",
      "-d", "{}", "-H", "X-A: 1", "-H", "x-a: 2", "https://a.example/")
    let headers = try command.request.hop(to: try #require(command.urls.first)).headers
    #expect(headers["accept"] == ["text/plain"] && headers["user-agent"].isEmpty)
    #expect(headers["content-type"] == ["application/json"] && headers["x-a"] == ["1", "2"])
  }

  @Test(arguments: [
    "Host: b.example", "content-length: 5", "Transfer-Encoding: chunked", "X-A", ": x", "X A: 1",
    "X-A: a\r\nX-B: b", "X-A: \u{0}", "Connection: close",
  ])
  func `a header that could change what is asked of whom is refused`(header: String) throws {
    let command = try parse("-H", header, "https://a.example/")
    #expect(throws: ValidationError.self) {
      try command.request.hop(to: try #require(command.urls.first))
    }
  }

  @Test func `a body and headers come from files as with curl`() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write("a\r\nb\n", to: "body")
    let heads = try scratch.write("X-A: 1\nX-B: 2\n", to: "heads")
    let command = try parse(
      "-d", "@\(file)", "--data-binary", "@\(file)", "-H", "@\(heads)", "https://a.example/")
    let hop = try command.request.hop(to: try #require(command.urls.first))
    #expect(hop.body == Array("ab&a\r\nb\n".utf8) && hop.headers["x-b"] == ["2"])
    let missing = try parse("-d", "@\(file).none", "https://a.example/")
    #expect(throws: FetchFailure.self) {
      try missing.request.hop(to: try #require(missing.urls.first))
    }
  }

  @Test(arguments: [
    [], ["-c", "https://a.example/x"], ["-o", "a", "-O", "https://a.example/x"],
    ["-O", "https://a.example/"], ["-o", "a", "-o", "b", "https://a.example/"],
    ["--json", "-i", "https://a.example/"], ["--json", "-o", "-", "https://a.example/"],
    ["-c", "-i", "-o", "x", "https://a.example/"], ["--timeout", "0", "https://a.example/"],
    ["--max-cost", "10", "https://a.example/"], ["--wait", "11m", "https://a.example/"],
    ["a.example"], ["-X", "GE T", "https://a.example/"], ["-o", "", "https://a.example/"],
    ["--token-file", "-", "-d", "@-", "https://a.example/"],
  ])
  func `options that say nothing together are wrong usage`(arguments: [String]) {
    #expect(throws: (any Error).self) { try Purser.parseAsRoot(["fetch"] + arguments) }
  }

  // MARK: - What is told

  @Test func `each refusal of the daemon has its status`() {
    func status(_ reason: RPCErrorReason, rule: String? = nil) -> FetchStatus {
      FetchStatus(RPCError(reason, "x", data: rule.map { ["rule": .string($0)] } ?? [:]))
    }
    #expect(status(.budgetExceeded) == .tooDear)
    for rule in ["request:max_cost", "request:max_fee", "policy:price_ceiling"] {
      #expect(status(.forbidden, rule: rule) == .tooDear)
    }
    #expect(status(.forbidden, rule: "caveat:services") == .failed && status(.forbidden) == .failed)
    #expect(status(.approvalRequired) == .approvalRequired)
    for reason in [RPCErrorReason.paymentFailed, .paymentPending, .upstream] {
      #expect(status(reason) == .paymentFailed)
    }
    for reason in [RPCErrorReason.frozen, .unauthenticated, .conflict, .storage] {
      #expect(status(reason) == .failed)
    }
    let unreachable = CommandFailure("x", status: .unreachable, reason: "unreachable")
    #expect(FetchFailure(unreachable).status == .network)
    #expect(FetchFailure(CommandFailure("x")).status == .failed)
  }

  @Test func `a report has the body as text or in base64, up to its bound`() {
    var report = FetchReport(url: "https://a.example/", status: 200)
    report.put(Array("{\"a\":1}".utf8))
    #expect(
      JSONLine.text(report)
        == #"{"body":"{\"a\":1}","duration_ms":0,"paid_msat":0,"size":0,"status":200,"url":"https://a.example/"}"#
    )
    var binary = FetchReport(url: "u")
    binary.put([0xff, 0])
    #expect(binary.body == nil && binary.bodyBase64 == "/wA=")
    var long = FetchReport(url: "u")
    long.put(nil)
    #expect(long.bodyOmitted == true && long.body == nil && long.bodyBase64 == nil)
  }

  @Test func `the bar says how much of the whole there is`() {
    #expect(
      FetchProgress.line(count: 1 << 20, from: 1 << 20, length: 3 << 20, seconds: 1)
        == "[###############---------------] 50%  2.0 MiB  1.0 MiB/s")
    #expect(FetchProgress.line(count: 1000, from: 0, length: nil, seconds: 2) == "1000 B  500 B/s")
    #expect(FetchProgress.line(count: 9, from: 0, length: 3, seconds: 0).hasPrefix("[#####"))
    #expect(
      FetchProgress.line(count: .max, from: 0, length: nil, seconds: 1e-9).contains("GiB"))
  }
}
