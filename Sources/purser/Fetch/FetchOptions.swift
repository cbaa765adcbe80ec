internal import ArgumentParser
internal import NIOHTTP1
internal import PurserAPI
internal import PurserCore

/// What is sent: method, headers and body, as curl's options have them.
struct FetchRequestOptions: ParsableArguments {
  @Option(
    name: [.customShort("X"), .customLong("request")],
    help: ArgumentHelp("The method; GET, or POST with data.", valueName: "method"))
  var method: String?

  @Option(
    name: [.customShort("H"), .customLong("header")],
    help: ArgumentHelp(
      "A header 'Name: value', or @FILE with one a line; 'Name:' leaves one out. May be repeated.",
      valueName: "header"))
  var headers: [String] = []

  @Option(
    name: [.customShort("d"), .customLong("data")],
    help: ArgumentHelp(
      "A body, or @FILE without its line breaks, @- for standard input; several are joined with &.",
      valueName: "data"))
  var data: [String] = []

  @Option(
    help: ArgumentHelp("A body as it is, or @FILE byte for byte.", valueName: "data"))
  var dataBinary: [String] = []

  @Flag(name: [.customShort("L"), .customLong("location")], help: "Follow redirects.")
  var location = false

  @Flag(
    name: [.customShort("k"), .customLong("insecure")],
    help: "Do not verify the server; no credential is shown to one then, and nothing is paid.")
  var insecure = false

  @Option(
    help: ArgumentHelp(
      "How long a server, or a payment, may give no sign of life: 30, 90s, 5m.",
      valueName: "duration"), transform: Self.timeout)
  var timeout: UInt64 = 60

  var usesStandardInput: Bool { (data + dataBinary).contains("@-") }

  private static func timeout(_ text: String) throws -> UInt64 {
    guard let seconds = UInt64(text) else { return try ArgumentText.duration(text) }
    guard (1...86_400).contains(seconds) else {
      throw ValidationError("--timeout is 1 to 86400 seconds")
    }
    return seconds
  }

  func validate() throws {
    guard let method, !HeaderText.isToken(method) else { return }
    throw ValidationError("--request is the name of a method, such as PUT")
  }

  /// The request for `url`.
  /// - Throws: ``FetchFailure`` when a file cannot be read; `ValidationError` for what is no header.
  func hop(to url: FetchURL) throws -> Hop {
    let body = try body()
    let method = method.map(HTTPMethod.init(rawValue:)) ?? (body == nil ? .GET : .POST)
    var headers = HTTPHeaders([
      ("user-agent", "purser/\(PurserVersion.current)"), ("accept", "*/*"),
    ])
    if body != nil {
      headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
    }
    for given in try self.headers.flatMap(HeaderText.lines) {
      try HeaderText.apply(given, to: &headers)
    }
    return Hop(url: url, method: method, headers: headers, body: body)
  }

  private func body() throws -> [UInt8]? {
    guard !data.isEmpty || !dataBinary.isEmpty else { return nil }
    let parts =
      try data.map { try RequestFile.bytes($0, dropsLineBreaks: true) }
      + dataBinary.map { try RequestFile.bytes($0, dropsLineBreaks: false) }
    return Array(parts.joined(separator: [UInt8(ascii: "&")]))
  }
}

/// Where the body goes, and what is said beside it.
struct FetchOutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      "Write the body to this file; may be repeated, one for each URL in turn.", valueName: "file"))
  var output: [String] = []

  @Flag(
    name: [.customShort("O"), .customLong("remote-name")],
    help: "Write each body to a file that is called as the URL ends.")
  var remoteName = false

  @Flag(
    name: [.customShort("c"), .customLong("continue")],
    help: "Go on where the file ends, with a Range.")
  var resume = false

  @Flag(
    name: [.customShort("i"), .customLong("include")],
    help: "Write the answer's headers before its body.")
  var include = false

  @Flag(
    name: [.customShort("f"), .customLong("fail")],
    help: "Write no body for HTTP 400 and above; the status is 1 then.")
  var fail = false

  @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Show no progress and no notes.")
  var quiet = false

  @Option(
    help: ArgumentHelp("Stop at a body longer than this, decoded.", valueName: "bytes"))
  var maxFilesize: UInt64?

  func validate() throws {
    guard output.isEmpty || !remoteName else {
      throw ValidationError("give --output or --remote-name, not both")
    }
    guard !output.contains("") else { throw ValidationError("--output is empty") }
    guard !resume || remoteName || !output.isEmpty else {
      throw ValidationError("--continue needs a file: give --output or --remote-name")
    }
    guard !(resume && include) else {
      throw ValidationError("--include would write headers into the middle of a file")
    }
  }

  /// Where the body of the URL at `index` goes.
  func place(of url: FetchURL, at index: Int, json: Bool) throws -> BodyOutput.Place {
    if remoteName {
      guard let name = url.fileName else {
        throw ValidationError("the URL has no file name at its end; give --output")
      }
      return .file(name)
    }
    guard index < output.count else { return json ? .report : .standardOutput }
    return output[index] == "-" ? .standardOutput : .file(output[index])
  }
}

/// What may be paid, and how.
struct FetchPaymentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The most that the command may pay sellers, such as 100sat.", valueName: "amount"),
    transform: ArgumentText.amount)
  var maxCost: Msat?

  @Option(
    help: ArgumentHelp("The most that routing may cost, such as 5sat.", valueName: "amount"),
    transform: ArgumentText.amount)
  var maxFee: Msat?

  @Flag(help: "Pay nothing: say what it would cost.")
  var noPay = false

  @Option(
    help: ArgumentHelp(
      "The service, where several share an origin.", valueName: "service"),
    transform: ArgumentText.name)
  var service: String?

  @Option(
    help: ArgumentHelp(
      "How long a credential is to be good, such as 10m; the policy sets the longest.",
      valueName: "duration"), transform: ArgumentText.duration)
  var ttl: UInt64?

  @Option(
    help: ArgumentHelp(
      "How long to wait for an operator where one has to approve, such as 5m; at most 10m.",
      valueName: "duration"), transform: ArgumentText.duration)
  var wait: UInt64?

  func validate() throws {
    guard wait.map({ $0 <= 600 }) ?? true else { throw ValidationError("--wait is at most 10m") }
  }
}
