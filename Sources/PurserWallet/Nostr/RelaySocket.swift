internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// One WebSocket to a relay (RFC 6455): texts go out, messages come in, all of it bounded.
final class RelaySocket: Sendable {
  /// The longest text that is read, in bytes.
  static let maximumTextLength = 262_144
  /// How many messages wait to be read before the connection is given up.
  static let maximumBacklog = 256

  /// What the relay says; it ends with the connection.
  let messages: AsyncStream<RelayMessage>
  private let channel: any Channel

  private init(channel: any Channel, messages: AsyncStream<RelayMessage>) {
    self.channel = channel
    self.messages = messages
  }

  deinit { channel.close(promise: nil) }

  /// Connects to the relay, within `patience`.
  /// - Throws: ``RelayError/unreachable(_:)``.
  static func connect(
    to address: RelayAddress, within patience: Duration, pingEvery interval: Duration
  ) async throws(RelayError) -> RelaySocket {
    let (messages, continuation) = AsyncStream.makeStream(
      of: RelayMessage.self, bufferingPolicy: .bufferingOldest(maximumBacklog))
    do {
      let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(patience))
      let upgrade = try await bootstrap.connect(host: address.host, port: address.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try prepare(channel, for: address) {
            RelayFrameHandler(continuation, pingEvery: TimeAmount(interval))
          }
        }
      }
      let deadline = upgrade.channel.eventLoop.scheduleTask(in: TimeAmount(patience)) {
        upgrade.channel.close(promise: nil)
      }
      defer { deadline.cancel() }
      // The future fails when the connection ends before.
      guard (try? await upgrade.isWebSocket.get()) == true else {
        upgrade.channel.close(promise: nil)
        throw RelayError.unreachable("\(address.text) does not answer as a WebSocket server")
      }
      return RelaySocket(channel: upgrade.channel, messages: messages)
    } catch let error as RelayError { throw error } catch {
      let reason = CleanText.line("\(error)", maximum: RelayMessage.maximumTextLength)
      throw .unreachable("no connection to \(address.text): \(reason)")
    }
  }

  /// Sends one message.
  /// - Throws: ``RelayError/unreachable(_:)`` when the connection has ended.
  func send(_ request: RelayRequest) async throws(RelayError) {
    let text = try request.encoded()
    let frame = WebSocketFrame(
      fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text))
    do { try await channel.writeAndFlush(frame) } catch {
      throw .unreachable("the connection to the relay has ended")
    }
  }

  /// Ends the connection.
  func close() { channel.close(promise: nil) }

  private struct Upgrade: Sendable {
    let channel: any Channel
    let isWebSocket: EventLoopFuture<Bool>
  }

  /// Puts TLS, the HTTP/1.1 upgrade and then the frames into a new channel.
  private static func prepare(
    _ channel: any Channel, for address: RelayAddress,
    handler: @escaping @Sendable () -> RelayFrameHandler
  ) throws -> Upgrade {
    if address.isSecure {
      try channel.pipeline.syncOperations.addHandler(
        try NIOSSLClientHandler(context: try tls.get(), serverHostname: address.serverName))
    }
    let upgrader = NIOTypedWebSocketClientUpgrader<Bool>(maxFrameSize: maximumTextLength) {
      channel, _ in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandlers([
          NIOWebSocketFrameAggregator(
            minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 64,
            maxAccumulatedFrameSize: maximumTextLength), handler(),
        ])
        return true
      }
    }
    var headers = HTTPHeaders()
    headers.add(name: "Host", value: address.hostHeader)
    headers.add(name: "Content-Length", value: "0")
    let head = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: address.target, headers: headers)
    var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
      upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
        upgradeRequestHead: head, upgraders: [upgrader],
        notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(false) }))
    // The relay may speak first, in the same packet as the answer to the upgrade.
    configuration.leftOverBytesStrategy = .forwardBytes
    return Upgrade(
      channel: channel,
      isWebSocket: try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
        configuration: configuration))
  }

  /// Certificates are checked against those that the system trusts.
  private static let tls = Result { try NIOSSLContext(configuration: .makeClientConfiguration()) }
}
