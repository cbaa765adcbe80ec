internal import FoundationEssentials

/// What a relay says (NIP-01, NIP-42).
enum RelayMessage: Sendable, Equatable {
  /// An event that fits a subscription; nothing about it is checked yet.
  case event(subscription: String, NostrEvent)
  /// Whether it takes an event.
  case taken(event: String, Bool, String)
  /// It has sent all the events that it had stored.
  case stored(subscription: String)
  /// It has ended a subscription.
  case closed(subscription: String, String)
  /// It wants to know who asks, by a signature over this challenge.
  case challenge(String)
  /// Anything else that it says to people.
  case notice(String)

  /// The most characters of a relay's own words that are kept.
  static let maximumTextLength = 200

  /// The message in `bytes`, one WebSocket text; nil when it is none.
  init?(decoding bytes: [UInt8]) {
    guard let message = try? JSONDecoder().decode(Message.self, from: Data(bytes)) else {
      return nil
    }
    self = message.content
  }

  /// JSON arrays with a word in front.
  private struct Message: Decodable {
    let content: RelayMessage

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      func text() throws -> String { try values.decode(String.self) }
      // The relay may leave it out, or send null.
      func words() -> String {
        CleanText.line((try? values.decode(String.self)) ?? "", maximum: maximumTextLength)
      }
      switch try text() {
      case "EVENT":
        content = .event(subscription: try text(), try values.decode(NostrEvent.self))
      case "OK":
        content = .taken(event: try text(), try values.decode(Bool.self), words())
      case "EOSE": content = .stored(subscription: try text())
      case "CLOSED": content = .closed(subscription: try text(), words())
      case "AUTH": content = .challenge(try text())
      case "NOTICE": content = .notice(words())
      case let word:
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "unknown word \(word)"))
      }
    }
  }
}

/// What a client says to a relay.
enum RelayRequest: Sendable {
  /// Asks for the events that fit, those stored and those to come.
  case subscribe(String, NostrFilter)
  /// Ends a subscription.
  case unsubscribe(String)
  /// Hands over an event.
  case publish(NostrEvent)
  /// Answers a challenge.
  case authenticate(NostrEvent)

  /// The text of the message.
  func encoded() throws(RelayError) -> String {
    do {
      return String(decoding: try JSONEncoder().encode(Message(request: self)), as: UTF8.self)
    } catch { throw .unusable("the message to the relay cannot be written") }
  }

  private struct Message: Encodable {
    let request: RelayRequest

    func encode(to encoder: any Encoder) throws {
      var values = encoder.unkeyedContainer()
      switch request {
      case .subscribe(let name, let filter):
        try values.encode("REQ")
        try values.encode(name)
        try values.encode(filter)
      case .unsubscribe(let name):
        try values.encode("CLOSE")
        try values.encode(name)
      case .publish(let event):
        try values.encode("EVENT")
        try values.encode(event)
      case .authenticate(let event):
        try values.encode("AUTH")
        try values.encode(event)
      }
    }
  }
}

/// Which events a subscription is about; what is nil may be anything.
struct NostrFilter: Sendable, Encodable {
  var kinds: [UInt32]
  var authors: [String]
  /// The values of the tag `e`.
  var events: [String]?
  /// The values of the tag `p`.
  var receivers: [String]?
  /// The most stored events that the relay sends.
  var limit: Int?

  enum CodingKeys: String, CodingKey {
    case kinds, authors, limit
    case events = "#e"
    case receivers = "#p"
  }
}

/// Why a relay is of no use.
enum RelayError: Error, Equatable {
  /// No connection, or it ended, or nothing came in time.
  case unreachable(String)
  /// It is there, and does not do what is needed.
  case unusable(String)

  var reason: String {
    switch self {
    case .unreachable(let text), .unusable(let text): text
    }
  }
}
