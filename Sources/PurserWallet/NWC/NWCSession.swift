internal import PurserCore

/// Requests to one wallet over whichever of its relays works.
struct NWCSession: Sendable {
  /// What became of a request.
  enum Outcome: Sendable {
    /// The wallet's own answer, decrypted.
    case answered([UInt8])
    /// The request was never handed to a relay.
    case notSent(RelayError)
    /// It was, and no answer came that counts.
    case unanswered(String)
  }

  private let connection: NWCConnection
  private let cipher: NWCCipher
  private let settings: NWCSettings
  private let now: @Sendable () -> Timestamp
  private let clock = ContinuousClock()
  private let relays: NWCRelays

  init(
    _ connection: NWCConnection, cipher: NWCCipher, settings: NWCSettings,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.connection = connection
    self.cipher = cipher
    self.settings = settings
    self.now = now
    relays = NWCRelays(connection, settings: settings, now: now)
  }

  /// What the wallet offers.
  /// - Throws: ``RelayError`` when no relay works, or none knows the wallet.
  func offer() async throws(RelayError) -> NWCOffer {
    try await relays.open(until: clock.now + settings.connectPatience).offer
  }

  /// Sends `plaintext` to the wallet, once, and waits for its answer.
  ///
  /// The subscription for the answer stands before the request goes out. When the relay is lost
  /// after that, the answer is waited for on the next one; the request is not sent again.
  func request(_ plaintext: [UInt8]) async -> Outcome {
    let connectDeadline = clock.now + settings.connectPatience
    var sent: Sent?
    while true {
      if let sent, clock.now >= sent.deadline {
        return .unanswered("the wallet did not answer in time")
      }
      let line: NWCRelays.Line
      do throws(RelayError) {
        line = try await relays.open(until: sent?.deadline ?? connectDeadline)
      } catch {
        guard sent != nil else { return .notSent(error) }
        return .unanswered("the connection ended before an answer came: \(error.reason)")
      }
      guard let request = sent?.request ?? makeRequest(plaintext, line.offer.encryption) else {
        return .notSent(.unusable("the request is too long to be encrypted"))
      }
      do throws(RelayError) { return try await exchange(request, on: line, sent: &sent) } catch {
        await relays.leave(line, error)
        if sent == nil, clock.now >= connectDeadline { return .notSent(error) }
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
    _ request: Request, on line: NWCRelays.Line, sent: inout Sent?
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
        await relays.noteUse(of: line)
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
