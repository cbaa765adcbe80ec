public import PurserCore

/// A request of a method and its reply, as a daemon in a test gave it.
public struct RecordedExample: Sendable, Equatable {
  /// The parameters, by name.
  public let parameters: [String: CanonicalJSON]
  /// What was answered.
  public let reply: CanonicalJSON

  /// A request with `parameters`, and the `reply` to it.
  public init(parameters: [String: CanonicalJSON], reply: CanonicalJSON) {
    self.parameters = parameters
    self.reply = reply
  }

  /// The example of a method; nil where none was recorded.
  public static func of(_ method: String) -> RecordedExample? {
    guard let texts = recordedExamples[method], let parameters = read(texts.parameters),
      case .object(let members) = parameters, let reply = read(texts.reply)
    else { return nil }
    return RecordedExample(parameters: members, reply: reply)
  }

  private static func read(_ text: StaticString) -> CanonicalJSON? {
    try? WireJSON.decode(CanonicalJSON.self, from: Array("\(text)".utf8))
  }
}
