internal import PurserCore

/// Requests to one wallet over whichever of its relays works.
///
/// The connection stays open between requests and is made again when it is needed and gone.
actor NWCSession {
  /// What became of a request.
  enum Outcome: Sendable {
    /// The wallet's own answer, decrypted.
    case answered([UInt8])
    /// The request was never handed to a relay.
    case notSent(RelayError)
    /// It was, and no answer came that counts.
    case unanswered(String)
  }

  /// A relay that works, and what the wallet says on it.
  struct Line: Sendable {
    let relay: RelayConnection
    let offer: NWCOffer
  }

  private let connection: NWCConnection
  private let cipher: NWCCipher
  private let settings: NWCSettings
  private let now: @Sendable () -> Timestamp
  private let clock = ContinuousClock()
  private var line: Line?
  private var opening: Task<Result<Line, RelayError>, Never>?
  private var troubles: [RelayAddress: Trouble] = [:]

  /// How often in a row a relay was of no use, and when it is tried again.
  private struct Trouble {
    var count = 0
    var retryAt: ContinuousClock.Instant
  }

  private static let firstPause = Duration.milliseconds(250)
  private static let longestPause = Duration.seconds(60)

  init(
    _ connection: NWCConnection, cipher: NWCCipher, settings: NWCSettings,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.connection = connection
    self.cipher = cipher
    self.settings = settings
    self.now = now
  }

  deinit { line?.relay.close() }

  /// What the wallet offers.
  /// - Throws: ``RelayError`` when no relay works, or none knows the wallet.
  func offer() async throws(RelayError) -> NWCOffer {
    try await open(until: clock.now + settings.connectPatience).offer
  }

  /// Sends `plaintext` to the wallet, once, and waits for its answer.
  ///
  /// The subscription for the answer stands before the request goes out. When the relay is lost
  /// after that, the answer is waited for on the next one; the request is not sent again.
  func request(_ plaintext: [UInt8]) async -> Outcome {
    let connectDeadline = clock.now + settings.connectPatience
    var sent: Sent?
    while true {
      let line: Line
      do throws(RelayError) {
        line = try await open(until: sent?.deadline ?? connectDeadline)
      } catch {
        guard sent != nil else { return .notSent(error) }
        return .unanswered("the connection ended before an answer came: \(error.reason)")
      }
      guard let request = sent?.request ?? makeRequest(plaintext, line.offer.encryption) else {
        return .notSent(.unusable("the request is too long to be encrypted"))
      }
      do throws(RelayError) { return try await exchange(request, on: line, sent: &sent) } catch {
        leave(line)
      }
    }
  }

  /// An event that asks the wallet for something.
  private struct Request {
    let event: NostrEvent
    let encryption: NWCEncryption
  }

  /// A request that a relay may have.
  private struct Sent {
    let request: Request
    let deadline: ContinuousClock.Instant
  }

  private func makeRequest(_ plaintext: [UInt8], _ encryption: NWCEncryption) -> Request? {
    let time = now().seconds
    let expiry = UInt64(max(1, settings.answerPatience.components.seconds))
    let tags = [
      ["p", connection.wallet], ["encryption", encryption.rawValue],
      ["expiration", "\(Timestamp(seconds: time).adding(milliseconds: expiry * 1000).seconds)"],
    ]
    guard let content = try? cipher.encrypt(plaintext, encryption),
      let event = try? connection.key.event(
        kind: NWCKind.request, tags: tags, content: content, createdAt: time)
    else { return nil }
    return Request(event: event, encryption: encryption)
  }

  /// Waits for the answer on one line, and publishes the request there when no relay has it yet.
  /// - Throws: ``RelayError`` when the line is of no use any more, and another may be.
  private func exchange(
    _ request: Request, on line: Line, sent: inout Sent?
  ) async throws(RelayError) -> Outcome {
    let relay = line.relay
    let (name, news) = await relay.subscribe(answers(to: request.event))
    await relay.remind(name, after: settings.relayPatience)
    if let sent { await relay.remind(name, after: clock.now.duration(to: sent.deadline)) }
    for await item in news {
      switch item {
      case .listening:
        guard sent == nil else { continue }
        sent = Sent(request: request, deadline: clock.now + settings.answerPatience)
        await relay.publish(request.event, under: name)
        await relay.remind(name, after: settings.answerPatience)
      case .event(let answer):
        guard sent != nil, isAnswer(answer, to: request.event) else { continue }
        await relay.end(name)
        guard let text = try? cipher.decrypt(answer.content, request.encryption) else {
          return .unanswered("the wallet's answer cannot be decrypted")
        }
        return .answered(text)
      case .refused(let text):
        // Its word is no proof that the wallet did not get it.
        await relay.end(name)
        return .unanswered("the relay refused the request: \(text)")
      case .late:
        guard let sent else { throw .unreachable("\(relay.address.text) does not answer") }
        guard clock.now >= sent.deadline else { continue }
        await relay.end(name)
        return .unanswered("the wallet did not answer in time")
      case .closed(let text): throw .unusable("\(relay.address.text) refuses: \(text)")
      case .lost: throw .unreachable("the connection to \(relay.address.text) ended")
      }
    }
    throw .unreachable("the connection to \(relay.address.text) ended")
  }

  private func answers(to event: NostrEvent) -> NostrFilter {
    NostrFilter(
      kinds: [NWCKind.response], authors: [connection.wallet], events: [event.id],
      receivers: [connection.key.publicKey])
  }

  /// Whether the wallet itself made `answer`, for us, and for this request.
  private func isAnswer(_ answer: NostrEvent, to request: NostrEvent) -> Bool {
    answer.kind == NWCKind.response && answer.publicKey == connection.wallet
      && answer.tag("p") == connection.key.publicKey && answer.tag("e") == request.id
      && answer.isAuthentic
  }
}

/// The kinds of events that NIP-47 has.
enum NWCKind {
  static let request: UInt32 = 23_194
  static let response: UInt32 = 23_195
}

// MARK: Relays

extension NWCSession {
  /// The line that is open, or a new one to the first relay that works and knows the wallet.
  private func open(until deadline: ContinuousClock.Instant) async throws(RelayError) -> Line {
    if let line, await line.relay.isOpen { return line }
    if let opening { return try await opening.value.get() }
    let task = Task { () async -> Result<Line, RelayError> in
      do throws(RelayError) { return .success(try await self.findRelay(until: deadline)) } catch {
        return .failure(error)
      }
    }
    opening = task
    let result = await task.value
    opening = nil
    if case .success(let found) = result { line = found }
    return try result.get()
  }

  /// Tries the relays in the order of the URI, and again after pauses that double.
  private func findRelay(until deadline: ContinuousClock.Instant) async throws(RelayError) -> Line {
    var last = RelayError.unreachable("no relay answered in time")
    while true {
      for address in connection.relays where (troubles[address]?.retryAt ?? clock.now) <= clock.now
      {
        guard clock.now < deadline else { throw last }
        do throws(RelayError) {
          let line = try await connect(to: address)
          troubles[address] = nil
          return line
        } catch {
          last = error
          note(address)
        }
      }
      let next = connection.relays.compactMap { troubles[$0]?.retryAt }.min() ?? clock.now
      guard next < deadline else { throw last }
      try? await Task.sleep(until: next, clock: clock)
    }
  }

  private func connect(to address: RelayAddress) async throws(RelayError) -> Line {
    let relay = try await RelayConnection.open(
      address, key: connection.key, settings: settings, now: now)
    do throws(RelayError) { return Line(relay: relay, offer: try await readOffer(on: relay)) } catch
    {
      relay.close()
      throw error
    }
  }

  private func readOffer(on relay: RelayConnection) async throws(RelayError) -> NWCOffer {
    let filter = NostrFilter(kinds: [NWCOffer.kind], authors: [connection.wallet], limit: 1)
    let (name, news) = await relay.subscribe(filter)
    await relay.remind(name, after: settings.relayPatience)
    var events: [NostrEvent] = []
    for await item in news {
      switch item {
      case .event(let event):
        if events.count < Self.mostOffers { events.append(event) }
      case .listening:
        await relay.end(name)
        guard let offer = NWCOffer(newestOf: events, by: connection.wallet) else {
          throw .unusable(
            "\(relay.address.text) does not know the wallet: check in the wallet that the "
              + "connection still exists")
        }
        return offer
      case .closed(let text), .refused(let text):
        throw .unusable("\(relay.address.text) refuses: \(text)")
      case .late: throw .unreachable("\(relay.address.text) does not answer")
      case .lost: throw .unreachable("the connection to \(relay.address.text) ended")
      }
    }
    throw .unreachable("the connection to \(relay.address.text) ended")
  }

  /// Gives up a line that turned out to be of no use.
  private func leave(_ lost: Line) {
    lost.relay.close()
    if let line, line.relay === lost.relay {
      self.line = nil
      note(lost.relay.address)
    }
  }

  private func note(_ address: RelayAddress) {
    let count = troubles[address]?.count ?? 0
    let pause = min(Self.firstPause * (1 << min(count, 10)), Self.longestPause)
    troubles[address] = Trouble(count: count + 1, retryAt: clock.now + pause)
  }

  private static let mostOffers = 8
}
