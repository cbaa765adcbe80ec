internal import PurserCore

/// Which of a wallet's relays works: the connection to it stays open between requests, and is made
/// again when it is needed and gone.
actor NWCRelays {
  /// A relay that works, and what the wallet says on it.
  struct Line: Sendable {
    let relay: RelayConnection
    let offer: NWCOffer
  }

  /// How often in a row a relay was of no use, and when it is tried again.
  private struct Trouble {
    let count: Int
    let retryAt: ContinuousClock.Instant
    let error: RelayError
  }

  private let connection: NWCConnection
  private let settings: NWCSettings
  private let now: @Sendable () -> Timestamp
  private let clock = ContinuousClock()
  private var line: Line?
  private var opening: Task<Result<Line, RelayError>, Never>?
  private var troubles: [RelayAddress: Trouble] = [:]

  private static let firstPause = Duration.milliseconds(250)
  private static let longestPause = Duration.seconds(30)
  private static let mostOffers = 8

  init(
    _ connection: NWCConnection, settings: NWCSettings, now: @escaping @Sendable () -> Timestamp
  ) {
    self.connection = connection
    self.settings = settings
    self.now = now
  }

  deinit { line?.relay.close() }

  /// The line that is open, or a new one to the first relay that works and knows the wallet.
  func open(until deadline: ContinuousClock.Instant) async throws(RelayError) -> Line {
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

  /// Tries the relays in the order of the URI, each once whatever the time, and then again after
  /// pauses that double.
  private func findRelay(until deadline: ContinuousClock.Instant) async throws(RelayError) -> Line {
    var last =
      connection.relays.lazy.compactMap { self.troubles[$0]?.error }.first
      ?? .unreachable("no relay answered in time")
    var isFirstRound = true
    while true {
      for address in connection.relays where (troubles[address]?.retryAt ?? clock.now) <= clock.now
      {
        guard isFirstRound || clock.now < deadline else { throw last }
        do throws(RelayError) {
          return try await connect(to: address)
        } catch {
          last = error
          note(error, at: address)
        }
      }
      isFirstRound = false
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
  func leave(_ lost: Line, _ error: RelayError) {
    lost.relay.close()
    guard let line, line.relay === lost.relay else { return }
    self.line = nil
    note(error, at: lost.relay.address)
  }

  /// An answer came over the line: its relay works.
  func noteUse(of line: Line) { troubles[line.relay.address] = nil }

  private func note(_ error: RelayError, at address: RelayAddress) {
    let count = troubles[address]?.count ?? 0
    let pause = min(Self.firstPause * (1 << min(count, 10)), Self.longestPause)
    troubles[address] = Trouble(count: count + 1, retryAt: clock.now + pause, error: error)
  }
}
