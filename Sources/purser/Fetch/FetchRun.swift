internal import AsyncHTTPClient
internal import L402
internal import NIOCore
internal import NIOHTTP1
internal import PurserAPI
internal import PurserCore

/// Fetches one URL: asks, pays where that is asked for, follows, and writes the body.
struct FetchRun {
  /// What holds for every URL of a command.
  struct Settings {
    var followsRedirects = false
    var verifiesServers = true
    var pays = true
    var continues = false
    var includesHeaders = false
    var failsOnError = false
    var longestBody: UInt64?
    var showsProgress = false
    /// How long a seller may take to notice that it was paid.
    var noticeTime = Duration.seconds(5)
  }

  let settings: Settings
  let sender: HTTPSender
  /// Nil without a grant token.
  let desk: CredentialDesk?

  /// Fetches `first`, writes its body to `place`, and keeps `report` up to date.
  /// - Throws: ``FetchFailure``.
  func run(
    _ first: Hop, to place: BodyOutput.Place, _ report: inout FetchReport
  ) async throws(FetchFailure) {
    var hop = first
    let offset = settings.continues ? BodyOutput.length(at: place) : 0
    if offset > 0 { hop.headers.replaceOrAdd(name: "range", value: "bytes=\(offset)-") }
    desk?.beginURL()
    let paidBefore = desk?.paid ?? .zero
    defer { report.paidMsat = (desk?.paid ?? .zero).subtractingToZero(paidBefore) }
    let access = try await access(to: first)
    var till = Till(noticeTime: settings.noticeTime)
    if case .open(let desk, let service) = access {
      till.credential = try await desk.credential(for: service)
    }
    var redirects = 0
    while true {
      // A redirect to another origin takes no credential along, and finds none there.
      let isHome = hop.url.origin == first.url.origin
      let credential = isHome ? till.credential : nil
      report.url = hop.url.text
      let response = try await sender.send(hop, authorization: credential?.authorization)
      report.status = Int(response.status.code)
      report.credential = credential?.credential
      report.service = credential?.service
      if response.status == .paymentRequired, let challenge = Self.challenge(in: response) {
        await sender.drop(response)
        let access = isHome ? access : .closed(.redirected(hop.url.origin))
        let quote = try await settle(challenge, with: &till, access)
        guard let quote else { continue }
        report.quote = quote
        return
      }
      if settings.followsRedirects,
        let next = try hop.following(
          status: Int(response.status.code), location: response.headers.first(name: "location"))
      {
        redirects += 1
        report.redirects = redirects
        guard redirects <= Hop.mostRedirects else {
          throw FetchFailure(
            .failed, "redirect", "more than \(Hop.mostRedirects) redirects from \(first.url.origin)"
          )
        }
        await sender.drop(response)
        hop = next
        continue
      }
      return try await write(response, of: hop, to: place, offset: offset, &report)
    }
  }

  /// The headers of a 402 that asks for a payment in a way that may be known here.
  private static func challenge(in response: HTTPClientResponse) -> [String]? {
    let headers = response.headers["www-authenticate"]
    let isOffer = ChallengeParser.challenges(inHeaders: headers).contains { offer in
      switch offer {
      case .l402, .malformed, .payment, .malformedPayment: true
      case .other, .unreadable: false
      }
    }
    return isOffer ? headers : nil
  }

  // MARK: - Paying

  /// Whether credentials are attached to requests for a URL, and why not.
  private enum Access {
    case open(CredentialDesk, ServiceList.Entry)
    case closed(NoCredential)
  }

  private func access(to hop: Hop) async throws(FetchFailure) -> Access {
    guard settings.verifiesServers else { return .closed(.unverified) }
    guard !hop.headers.contains(name: "authorization") else { return .closed(.ownHeader) }
    guard let desk else { return .closed(.noToken) }
    return switch try await desk.service(of: hop.url) {
    case .one(let service): .open(desk, service)
    case .none: .closed(.noService(hop.url.origin))
    case .several(let names): .closed(.severalServices(names))
    }
  }

  /// What is known of the payment for one URL.
  private struct Till {
    let noticeTime: Duration
    var credential: CredentialReply?
    /// Until when a 402 to a credential that was just bought means that the seller is slow.
    var noticeEnd: ContinuousClock.Instant?
    var pause = Duration.milliseconds(50)
    var hasReported = false

    mutating func take(_ bought: CredentialReply) {
      credential = bought
      noticeEnd = .now + noticeTime
    }
  }

  /// Brings the credential that a 402 asks for; with `--no-pay`, what it would cost.
  /// - Throws: ``FetchFailure`` when there is none, or it was refused.
  private func settle(
    _ challenge: [String], with till: inout Till, _ access: Access
  ) async throws(FetchFailure) -> ChallengeQuote.Reply? {
    guard case .open(let desk, let service) = access else {
      guard case .closed(let reason) = access else { return nil }
      throw reason.failure
    }
    if let end = till.noticeEnd, .now < end {
      try await pause(&till)
      return nil
    }
    // A payment for one request is for this one: the daemon's own challenge would be for another.
    let own = service.prefersSingleRequests(among: challenge) && service.bringChallenges != .deny
    guard settings.pays else {
      let brought = service.bringChallenges == .pinned ? challenge : nil
      return try await desk.quote(for: service, challenge: brought)
    }
    guard let credential = till.credential else {
      till.take(try await desk.buy(for: service, challenge: own ? challenge : nil))
      return nil
    }
    guard !till.hasReported else { throw Self.notAccepted(service, desk) }
    till.hasReported = true
    let state = try await desk.report(credential)
    guard desk.mayBuy(for: service) else { throw Self.notAccepted(service, desk) }
    switch state {
    case .retired: till.take(try await desk.buy(for: service, challenge: nil))
    case .active:
      // The seller takes it elsewhere, so this URL is sold apart: only its own challenge helps.
      guard service.bringChallenges != .deny else { throw Self.notAccepted(service, desk) }
      till.take(try await desk.buy(for: service, challenge: challenge))
    }
    return nil
  }

  private func pause(_ till: inout Till) async throws(FetchFailure) {
    do { try await Task.sleep(for: till.pause) } catch { throw .network("interrupted") }
    till.pause = min(till.pause * 2, .seconds(1))
  }

  private static func notAccepted(
    _ service: ServiceList.Entry, _ desk: CredentialDesk
  ) -> FetchFailure {
    FetchFailure(
      .paymentFailed, "not_accepted",
      "'\(service.service)' answers 402 to a credential that is paid for"
        + (desk.mayBuy(for: service) ? "" : "; this command buys no other"),
      hint: "ask the seller; `purser audit mine` shows what was paid")
  }

  // MARK: - The body

  private func write(
    _ response: HTTPClientResponse, of hop: Hop, to place: BodyOutput.Place, offset: UInt64,
    _ report: inout FetchReport
  ) async throws(FetchFailure) {
    let status = Int(response.status.code)
    report.contentType = response.headers.first(name: "content-type")
    if settings.failsOnError, status >= 400, status != 416 || offset == 0 {
      await sender.drop(response)
      throw FetchFailure(.failed, "http_status", "\(hop.url.origin) answered HTTP \(status)")
    }
    let plan: Resume
    do throws(FetchFailure) {
      plan = try Resume.plan(
        status: status, contentRange: response.headers.first(name: "content-range"),
        offset: offset)
    } catch {
      await sender.drop(response)
      throw error
    }
    if case .file(let path) = place { report.file = path }
    if plan == .append { report.resumedFrom = offset }
    guard plan != .complete else { return await sender.drop(response) }
    let output = BodyOutput(place)
    try output.begin(appending: plan == .append)
    if settings.includesHeaders { try output.write(head: Self.head(of: response)) }
    try await copy(
      response, of: hop, to: output, from: plan == .append ? offset : 0, &report)
    if place == .report { report.put(output.collected) }
  }

  private func copy(
    _ response: HTTPClientResponse, of hop: Hop, to output: BodyOutput, from start: UInt64,
    _ report: inout FetchReport
  ) async throws(FetchFailure) {
    let isPacked = response.headers.contains(name: "content-encoding")
    let length =
      isPacked ? nil : response.headers.first(name: "content-length").flatMap(UInt64.init)
    let bar = FetchProgress(isOn: settings.showsProgress, from: start, length: length)
    defer {
      report.size = output.count
      bar.end(at: output.count)
    }
    try await sender.read(response, to: hop) { piece throws(FetchFailure) in
      if let most = settings.longestBody, output.count + UInt64(piece.readableBytes) > most {
        throw FetchFailure(
          .failed, "too_long", "the body is longer than --max-filesize \(most) bytes")
      }
      try output.write(piece)
      bar.show(output.count)
    }
  }

  private static func head(of response: HTTPClientResponse) -> String {
    let reason = response.status.reasonPhrase
    return "\(response.version) \(response.status.code) \(reason)\r\n"
      + response.headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n"
  }
}
