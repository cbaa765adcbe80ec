internal import NIOCore

/// What connections may use up.
struct ConnectionBounds: Sendable {
  /// The most connections at once on one socket.
  var connections = 1024
  /// The most connections of one process on one socket.
  var connectionsOfProcess = 256
  /// The longest line, in bytes.
  var lineLength = 1 << 20
  /// How long a started line may stay unfinished.
  var lineTimeout: TimeAmount = .seconds(30)
  /// The most requests whose answers are still to come.
  var requestsInFlight = 64
  /// The longest header of HTTP, in bytes: the longest grant token fits.
  var httpHeaderLength = 20 << 10
  /// The most headers of one request of HTTP.
  var httpHeaders = 64
  /// How long a client may take to read its last answers.
  var flushTimeout: TimeAmount = .seconds(5)
}
