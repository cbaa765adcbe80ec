internal import Glibc
public import Logging
public import NIOCore
internal import NIOPosix
internal import PurserAPI
internal import PurserCore
internal import Synchronization

/// Where the two sockets are, and who may use the operators' one.
public struct SocketSettings: Sendable {
  /// The agents' socket.
  public let agentsPath: String
  /// The operators' socket.
  public let operatorsPath: String
  /// The users that count as operators.
  public let operatorUserIDs: Set<UInt32>
  /// The most connections at once on each socket.
  public let connections: Int
  /// The most connections of one process on one socket.
  public let connectionsOfProcess: Int

  /// Settings for two sockets.
  public init(
    agentsPath: String, operatorsPath: String, operatorUserIDs: Set<UInt32>,
    connections: Int = 1024, connectionsOfProcess: Int = 256
  ) {
    self.agentsPath = agentsPath
    self.operatorsPath = operatorsPath
    self.operatorUserIDs = operatorUserIDs
    self.connections = connections
    self.connectionsOfProcess = connectionsOfProcess
  }
}

/// Why a socket was not opened.
public enum SocketError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Unix sockets take at most 107 bytes.
  case pathTooLong(String)
  /// Something that is not a socket is there.
  case pathInUse(String)
  /// Another daemon answers there.
  case alreadyServed(String)
  /// The directory or the socket could not be made.
  case failed(path: String, reason: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .pathTooLong(let path):
      "the socket path is longer than 107 bytes; set a shorter one under sockets: \(path)"
    case .pathInUse(let path):
      "a file that is no socket is in the way; move it or set another path under sockets: \(path)"
    case .alreadyServed(let path):
      "another daemon answers on this socket; stop it or set another path under sockets: \(path)"
    case .failed(let path, let reason): "the socket could not be opened: \(path): \(reason)"
    }
  }
}

/// The two Unix sockets of the daemon.
public final class SocketServer: Sendable {
  private let requests: RequestHandler
  private let settings: SocketSettings
  private let group: any EventLoopGroup
  private let log: Logger
  private let listeners = Mutex<[any Channel]>([])
  private let connections = Mutex(Connections())
  private let bounds: ConnectionBounds
  private let outboxes = Outboxes()

  /// A server that is not listening yet.
  public convenience init(
    requests: RequestHandler, settings: SocketSettings, group: any EventLoopGroup, log: Logger
  ) {
    self.init(
      requests: requests, settings: settings, group: group, log: log,
      bounds: ConnectionBounds(
        connections: settings.connections, connectionsOfProcess: settings.connectionsOfProcess))
  }

  init(
    requests: RequestHandler, settings: SocketSettings, group: any EventLoopGroup, log: Logger,
    bounds: ConnectionBounds
  ) {
    self.requests = requests
    self.settings = settings
    self.group = group
    self.log = log
    self.bounds = bounds
  }

  /// Opens both sockets.
  /// - Throws: ``SocketError``.
  public func start() async throws {
    for (path, isOperator) in [(settings.agentsPath, false), (settings.operatorsPath, true)] {
      try SocketPath.prepare(path)
      let channel: any Channel
      do {
        channel = try await bootstrap(isOperator: isOperator).bind(unixDomainSocketPath: path).get()
      } catch { throw SocketError.failed(path: path, reason: "\(error)") }
      guard chmod(path, 0o600) == 0 else {
        throw SocketError.failed(path: path, reason: "its mode could not be set")
      }
      listeners.withLock { $0.append(channel) }
      log.info("listening", metadata: ["socket": "\(path)"])
    }
  }

  /// Takes no more connections, lets what is in flight finish, and closes the rest.
  public func stop() async {
    for listener in listeners.withLock({ $0 }) { try? await listener.close() }
    let open = connections.withLock(\.channels)
    for connection in open { connection.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
    for connection in open { try? await connection.closeFuture.get() }
    for path in [settings.agentsPath, settings.operatorsPath] { unlink(path) }
  }

  private func bootstrap(isOperator: Bool) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      // A connection keeps its buffer while it is idle, and there may be thousands.
      .childChannelOption(
        .recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 16_384)
      )
      .childChannelInitializer { channel in
        channel.peerProcess().flatMap { peer in
          self.accept(channel, Session(peer: peer, isOperatorSocket: isOperator))
        }
      }
  }

  private func accept(_ channel: any Channel, _ session: Session) -> EventLoopFuture<Void> {
    if session.isOperatorSocket, !settings.operatorUserIDs.contains(session.peer.userID) {
      log.warning("operator refused", metadata: ["uid": "\(session.peer.userID)"])
      return refuse(
        channel,
        .forbidden(rule: "operator_uids", explanation: "your user is not an operator here"))
    }
    guard connections.withLock({ $0.admit(channel, session, bounds) }) else {
      return refuse(channel, .overloaded(retryAfterMs: 1000))
    }
    channel.closeFuture.whenComplete { _ in
      self.connections.withLock { $0.remove(channel) }
    }
    return channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(
        FirstByteHandler(
          requests: self.requests, session: session, bounds: self.bounds,
          outbox: self.outboxes.outbox(of: channel.eventLoop)))
    }
  }

  /// Says why, once, and closes.
  private func refuse(_ channel: any Channel, _ refusal: Refusal) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(
        RefusingHandler(answer: RequestHandler.refusal(RPCError(refusal, viewer: nil))))
    }
  }
}

/// The connections that are served, and who opened them.
private struct Connections {
  private struct Line: Hashable {
    let isOperator: Bool
    let processID: Int32
  }

  private var served: [ObjectIdentifier: (channel: any Channel, line: Line)] = [:]
  private var countByLine: [Line: Int] = [:]
  private var countBySocket: [Bool: Int] = [:]

  var channels: [any Channel] { served.values.map(\.channel) }

  /// Takes a connection in, unless its socket or its process has as many as may be.
  ///
  /// Each socket has a bound of its own: agents cannot shut operators out.
  mutating func admit(
    _ channel: any Channel, _ session: Session, _ bounds: ConnectionBounds
  ) -> Bool {
    let line = Line(isOperator: session.isOperatorSocket, processID: session.peer.processID)
    guard countBySocket[line.isOperator, default: 0] < bounds.connections,
      countByLine[line, default: 0] < bounds.connectionsOfProcess
    else { return false }
    served[ObjectIdentifier(channel)] = (channel, line)
    countBySocket[line.isOperator, default: 0] += 1
    countByLine[line, default: 0] += 1
    return true
  }

  mutating func remove(_ channel: any Channel) {
    guard let (_, line) = served.removeValue(forKey: ObjectIdentifier(channel)) else { return }
    countBySocket[line.isOperator, default: 0] -= 1
    countByLine[line, default: 0] -= 1
    if countByLine[line] == 0 { countByLine[line] = nil }
  }
}

/// Answers a connection that is not served with one error.
private final class RefusingHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let answer: [UInt8]

  init(answer: [UInt8]) { self.answer = answer }

  func channelActive(context: ChannelHandlerContext) {
    let buffer = ByteBuffer(bytes: answer + [UInt8(ascii: "\n")])
    context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { [channel = context.channel] _ in
      channel.close(promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
