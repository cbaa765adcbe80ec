/// What a method says of itself, with its types hidden.
public struct MethodDescription: Sendable, Equatable {
  /// Its name on the wire.
  public let name: String
  /// What it does.
  public let summary: String
  /// Who may call it.
  public let audience: RPCAudience
  /// What it takes, the members that every method may take last.
  public let parameters: [RPCMember.Named]
  /// What it answers.
  public let reply: JSONSchema
  /// The members of its answer; none for one that is no object of the API's own.
  public let replyMembers: [RPCMember.Named]
  /// How it may refuse.
  public let errors: [RPCErrorReason]
  /// Whether a repeated request with the same idempotency key gets the first one's answer.
  public let isRepeatable: Bool

  /// What the daemon sends of its own accord once it was called.
  public let notifications: [Notification]

  /// What a notification says of itself.
  public struct Notification: Sendable, Equatable {
    /// Its `method`.
    public let name: String
    /// When it comes.
    public let summary: String
    /// Its `params`.
    public let members: [RPCMember.Named]
  }

  /// What `method` says of itself.
  public init<Method: RPCMethod>(_ method: Method.Type) {
    name = method.name
    summary = method.summary
    audience = method.audience
    isRepeatable = method.isRepeatable
    let key = method.isRepeatable ? [CallOptions.keyMember] : []
    parameters = Method.Parameters.members + [CallOptions.tokenMember] + key
    reply = Method.Reply.schema
    replyMembers = (Method.Reply.self as? any RPCObject.Type)?.members ?? []
    errors = RPCErrorReason.common + method.errors
    notifications = method.notifications.map {
      Notification(name: $0.name, summary: $0.summary, members: $0.members)
    }
  }
}
