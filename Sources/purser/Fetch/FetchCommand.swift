internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import PurserAPI
internal import PurserCore

struct FetchCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Fetch URLs, and pay where a seller asks for it.",
    discussion: """
      Like curl, but a 402 with a Lightning challenge is paid by the daemon, within the grant of \
      the token, and asked again with what was bought. Without a token it pays nothing.

      Status: 0 done, 1 failed, 2 over a cost limit or budget, 3 payment failed, 4 network, \
      5 an operator has to approve, 64 wrong usage.
      """)

  @Argument(help: "What to fetch: https://…, one or more.", transform: Self.url)
  var urls: [FetchURL]

  @OptionGroup(title: "Request") var request: FetchRequestOptions
  @OptionGroup(title: "Output") var output: FetchOutputOptions
  @OptionGroup(title: "Payment") var payment: FetchPaymentOptions
  @OptionGroup var token: TokenOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  /// Standard output is for bodies, so it is JSON only where that is asked for.
  var printsJSON: Bool { daemon.json }

  private static func url(_ text: String) throws -> FetchURL {
    guard let url = FetchURL(text) else {
      throw ValidationError(
        "'\(Terminal.sanitized(text, limit: 100))' is no URL; write it as https://HOST/PATH, "
          + "percent-encoded and without a user in it")
    }
    return url
  }

  func validate() throws {
    guard !urls.isEmpty else { throw ValidationError("say what to fetch: https://…") }
    guard !(token.usesStandardInput && request.usesStandardInput) else {
      throw ValidationError("the token and the body cannot both come from standard input")
    }
    guard output.output.count <= urls.count else {
      throw ValidationError("there are more files (--output) than URLs")
    }
    guard !(daemon.json && output.include) else {
      throw ValidationError("give --include or --json, not both")
    }
    guard !(daemon.json && output.output.contains("-")) else {
      throw ValidationError("with --json, standard output is for the report")
    }
    // Whatever is wrong with them is told before anything is sent.
    for (index, url) in urls.enumerated() {
      _ = try output.place(of: url, at: index, json: daemon.json)
    }
  }

  func run() async throws {
    // The process has one thing to do at a time: more threads would only cost their start.
    NIOSingletons.groupLoopCountSuggestion = 1
    let jobs: [(Hop, BodyOutput.Place)]
    let desk: CredentialDesk?
    do {
      jobs = try hops()
      desk = try makeDesk()
    } catch let failure as FetchFailure { throw ExitCode(tell(failure, of: nil)) } catch let failure
      as CommandFailure
    { throw ExitCode(tell(FetchFailure(failure), of: nil)) }
    let isPlain = output.resume || jobs.contains { $0.0.headers.contains(name: "accept-encoding") }
    let sender = HTTPSender(
      timeout: .seconds(Int64(request.timeout)), decodes: !isPlain,
      verifiesServers: !request.insecure)
    let fetch = FetchRun(settings: settings, sender: sender, desk: desk)
    var firstStatus = FetchStatus.done.rawValue
    for (hop, place) in jobs {
      let status = await run(fetch, hop, to: place, asksForPacked: !isPlain)
      if firstStatus == FetchStatus.done.rawValue { firstStatus = status }
    }
    await sender.close()
    guard firstStatus != FetchStatus.done.rawValue else { return }
    throw ExitCode(firstStatus)
  }

  private func hops() throws -> [(Hop, BodyOutput.Place)] {
    guard let first = urls.first else { return [] }
    let made = try request.hop(to: first)
    return try urls.enumerated().map { index, url in
      var hop = made
      hop.url = url
      return (hop, try output.place(of: url, at: index, json: daemon.json))
    }
  }

  private func makeDesk() throws -> CredentialDesk? {
    guard !request.insecure, let text = try token.read() else { return nil }
    let patience = Duration.seconds(Int64(request.timeout + (payment.wait ?? 0)))
    let call = try DaemonCall.asAgent(daemon, token: text, patience: patience, timeout: patience)
    return CredentialDesk(
      call,
      CredentialDesk.Terms(
        maxCost: payment.maxCost, maxFee: payment.maxFee, ttl: payment.ttl, wait: payment.wait,
        service: payment.service, key: repeating.idempotencyKey ?? DaemonCall.freshKey()))
  }

  private var settings: FetchRun.Settings {
    FetchRun.Settings(
      followsRedirects: request.location, verifiesServers: !request.insecure,
      pays: !payment.noPay, continues: output.resume, includesHeaders: output.include,
      failsOnError: output.fail, longestBody: output.maxFilesize,
      showsProgress: !output.quiet && isatty(STDERR_FILENO) != 0)
  }

  /// Fetches one URL and tells what became of it.
  private func run(
    _ fetch: FetchRun, _ hop: Hop, to place: BodyOutput.Place, asksForPacked: Bool
  ) async -> Int32 {
    let begin = ContinuousClock.now
    var report = FetchReport(url: hop.url.text)
    var settings = fetch.settings
    if place == .standardOutput, isatty(STDOUT_FILENO) != 0 { settings.showsProgress = false }
    let fetch = FetchRun(settings: settings, sender: fetch.sender, desk: fetch.desk)
    var hop = hop
    if !hop.headers.contains(name: "accept-encoding") {
      hop.headers.add(name: "accept-encoding", value: asksForPacked ? "gzip, deflate" : "identity")
    }
    var status = FetchStatus.done.rawValue
    do throws(FetchFailure) {
      try await fetch.run(hop, to: place, &report)
      if let quote = report.quote { status = tell(quote).rawValue }
    } catch {
      report.error = error.report.error
      status = tell(error, of: report.url)
    }
    report.durationMs = UInt64(max(0, (ContinuousClock.now - begin) / .milliseconds(1)))
    if daemon.json { Terminal.writeLine(JSONLine.text(report)) }
    note(report)
    return status
  }

  /// Tells what it would cost.
  private func tell(_ quote: ChallengeQuote.Reply) -> FetchStatus {
    if !daemon.json { QuoteText.facts(of: quote).forEach(Terminal.writeLine) }
    let isTooDear = payment.maxCost.map { quote.amountMsat > $0 } ?? false
    return quote.quote.passes && !isTooDear ? .done : .tooDear
  }

  /// Tells a failure on standard error.
  private func tell(_ failure: FetchFailure, of url: String?) -> Int32 {
    let place = urls.count > 1 ? url.map { "\(Terminal.sanitized($0)): " } ?? "" : ""
    Terminal.writeError(place + failure.message, hint: failure.hint)
    if url == nil, daemon.json { Terminal.writeLine(JSONLine.text(failure.report)) }
    return failure.status.rawValue
  }

  /// Tells a person what was paid.
  private func note(_ report: FetchReport) {
    guard report.paidMsat > .zero, !output.quiet, !daemon.json, isatty(STDERR_FILENO) != 0,
      let service = report.service
    else { return }
    Terminal.writeNote("paid \(report.paidMsat) for '\(service)'")
  }
}
