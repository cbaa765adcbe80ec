/// How a client reaches the daemon, and how patient it is.
public struct ClientSettings: Sendable {
  /// The socket: the agents' one for a client with a token, else the operators' one.
  public var path: String
  /// The grant token that its calls act with; nil for an operator.
  public var token: String?
  /// How long one answer may take; a purchase waits for its payment.
  public var timeout: Duration
  /// For how long a call is repeated that lost its connection, that the daemon has too much to do
  /// for, or whose payment is under way; zero for never.
  public var patience: Duration

  /// Settings for the socket at `path`.
  public init(
    path: String, token: String? = nil, timeout: Duration = .seconds(120),
    patience: Duration = .seconds(30)
  ) {
    self.path = path
    self.token = token
    self.timeout = timeout
    self.patience = patience
  }
}
