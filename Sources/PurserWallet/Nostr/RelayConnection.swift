internal import PurserCore

/// The talk with one relay over one connection: subscriptions, what is published under them, and
/// the answer to a challenge (NIP-42).
actor RelayConnection {
  /// What happens to a subscription.
  enum News: Sendable {
    /// An event came; nothing about it is checked yet.
    case event(NostrEvent)
    /// The relay has sent what it had stored, so it listens to what comes.
    case listening
    /// The relay does not take what was published under the subscription.
    case refused(String)
    /// The relay has ended the subscription.
    case closed(String)
    /// The time that was asked for is over.
    case late
    /// The connection has ended; nothing comes after that.
    case lost
  }

  private struct Subscription {
    let filter: NostrFilter
    let news: AsyncStream<News>.Continuation
    /// What was published under it.
    var event: NostrEvent?
    var waits: Waits?
    var hasRepeated = false
  }

  /// What waits for the relay to know who asks.
  private enum Waits { case subscription, event }

  private enum Authentication: Equatable {
    case notAsked
    case sent(event: String)
    case done
    case refused
  }

  nonisolated let address: RelayAddress
  private nonisolated let socket: RelaySocket
  private let key: NostrKey
  private let now: @Sendable () -> Timestamp
  private var subscriptions: [String: Subscription] = [:]
  private var authentication = Authentication.notAsked
  private var count = 0
  private(set) var isOpen = true

  /// Beyond that the oldest go, so that the end of the connection or of the time is never lost.
  private static let mostUnreadEvents = 64

  private init(
    address: RelayAddress, socket: RelaySocket, key: NostrKey,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.address = address
    self.socket = socket
    self.key = key
    self.now = now
  }

  /// Connects to the relay at `address`; `key` signs the answer to its challenge.
  /// - Throws: ``RelayError``.
  static func open(
    _ address: RelayAddress, key: NostrKey, settings: NWCSettings,
    now: @escaping @Sendable () -> Timestamp
  ) async throws(RelayError) -> RelayConnection {
    let socket = try await RelaySocket.connect(
      to: address, within: settings.relayPatience, pingEvery: settings.pingInterval)
    let connection = RelayConnection(address: address, socket: socket, key: key, now: now)
    Task {
      for await message in socket.messages { await connection.take(message) }
      await connection.end()
    }
    return connection
  }

  /// Ends the connection.
  nonisolated func close() { socket.close() }

  /// Asks for events; the news end with ``end(_:)`` or with the connection.
  func subscribe(_ filter: NostrFilter) async -> (name: String, news: AsyncStream<News>) {
    count += 1
    let name = "purser\(count)"
    let (news, continuation) = AsyncStream.makeStream(
      of: News.self, bufferingPolicy: .bufferingNewest(Self.mostUnreadEvents))
    guard isOpen else {
      continuation.yield(.lost)
      continuation.finish()
      return (name, news)
    }
    subscriptions[name] = Subscription(filter: filter, news: continuation)
    await send(.subscribe(name, filter))
    return (name, news)
  }

  /// Hands `event` to the relay; what becomes of it is news of the subscription.
  func publish(_ event: NostrEvent, under name: String) async {
    subscriptions[name]?.event = event
    await send(.publish(event))
  }

  /// Says ``News/late`` to the subscription after `duration`.
  func remind(_ name: String, after duration: Duration) {
    let news = subscriptions[name]?.news
    Task {
      try? await Task.sleep(for: duration)
      news?.yield(.late)
    }
  }

  /// Ends the subscription.
  func end(_ name: String) async {
    guard let subscription = subscriptions.removeValue(forKey: name) else { return }
    subscription.news.finish()
    await send(.unsubscribe(name))
  }

  private func send(_ request: RelayRequest) async {
    do throws(RelayError) { try await socket.send(request) } catch { socket.close() }
  }

  private func end() {
    isOpen = false
    for subscription in subscriptions.values {
      subscription.news.yield(.lost)
      subscription.news.finish()
    }
    subscriptions = [:]
  }

  private func take(_ message: RelayMessage) async {
    switch message {
    case .event(let name, let event): subscriptions[name]?.news.yield(.event(event))
    case .stored(let name): subscriptions[name]?.news.yield(.listening)
    case .closed(let name, let text):
      await retry(.subscription, of: name, text) { .closed($0) }
    case .taken(let id, let isTaken, let text):
      if authentication == .sent(event: id) {
        await settleAuthentication(isTaken)
      } else if !isTaken, let name = subscriptions.first(where: { $0.value.event?.id == id })?.key {
        await retry(.event, of: name, text) { .refused($0) }
      }
    case .challenge(let text): await answer(challenge: text)
    case .notice: break
    }
  }

  /// Says who asks, with an event that is good for this relay and this challenge alone.
  private func answer(challenge: String) async {
    let tags = [["relay", address.text], ["challenge", challenge]]
    guard challenge.utf8.count <= 1024,
      let event = try? key.event(
        kind: 22_242, tags: tags, content: "", createdAt: now().seconds)
    else { return }
    authentication = .sent(event: event.id)
    await send(.authenticate(event))
  }

  private func settleAuthentication(_ isTaken: Bool) async {
    authentication = isTaken ? .done : .refused
    for (name, subscription) in subscriptions {
      guard let waits = subscription.waits else { continue }
      await again(waits, of: name, "auth-required: the relay does not accept the key") {
        waits == .event ? .refused($0) : .closed($0)
      }
    }
  }

  /// Does once more what the relay refused because it did not know who asks, or says that it
  /// refused.
  private func retry(
    _ waits: Waits, of name: String, _ text: String, _ news: (String) -> News
  ) async {
    guard let subscription = subscriptions[name] else { return }
    guard text.hasPrefix("auth-required:"), !subscription.hasRepeated,
      authentication != .notAsked
    else {
      subscription.news.yield(news(text))
      return
    }
    subscriptions[name]?.hasRepeated = true
    if case .sent = authentication {
      subscriptions[name]?.waits = waits
    } else {
      await again(waits, of: name, text, news)
    }
  }

  private func again(
    _ waits: Waits, of name: String, _ text: String, _ news: (String) -> News
  ) async {
    guard let subscription = subscriptions[name] else { return }
    subscriptions[name]?.waits = nil
    guard authentication == .done else {
      subscription.news.yield(news(text))
      return
    }
    switch waits {
    case .subscription: await send(.subscribe(name, subscription.filter))
    case .event: if let event = subscription.event { await send(.publish(event)) }
    }
  }
}
