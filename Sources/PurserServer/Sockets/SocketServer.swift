internal import Glibc
public import Logging
public import NIOCore
internal import NIOPosix
internal import PurserAPI
internal import PurserCore
internal import PurserPeer
internal import Synchronization

/// Where the two sockets are, and who may use the operators' one.
public struct SocketSettings: Sendable {
  /// The agents' socket.
  public let agentsPath: String
  /// The operators' socket.
  public let operatorsPath: String
  /// The users that count as operators.
  public let operatorUserIDs: Set<UInt32>
  /// Who may connect to the agents' socket; the daemon's own user when nothing is said.
  public var agentsAccess = SocketAccess.ownUser
  /// Who may connect to the operators' socket; of those, operators are served.
  public var operatorsAccess = SocketAccess.ownUser
  /// Sockets that are open already.
  public var activated = ActivatedSockets()
  /// Users that the agents' socket turns away, so that no agent runs under an operator's uid.
  public var usersThatAreNoAgents: Set<UInt32> = []
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
  /// What a service manager passed on is not what the daemon serves.
  case notActivated(reason: String)
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
    case .notActivated(let reason): "the sockets of the service manager are not served: \(reason)"
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
  private let processFiles: ProcessFiles
  private let outboxes = Outboxes()
  private let pace = RefusalPace()

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
    bounds: ConnectionBounds, processFiles: ProcessFiles = ProcessFiles()
  ) {
    self.requests = requests
    self.settings = settings
    self.group = group
    self.log = log
    self.bounds = bounds
    self.processFiles = processFiles
  }

  /// Opens both sockets.
  /// - Throws: ``SocketError``.
  public func start() async throws {
    let (agents, operators) = (settings.activated.agents, settings.activated.operators)
    try await listen(
      on: try agents ?? open(settings.agentsPath, settings.agentsAccess),
      settings.agentsPath, isOperator: false)
    try await listen(
      on: try operators ?? open(settings.operatorsPath, settings.operatorsAccess),
      settings.operatorsPath, isOperator: true)
  }

  private func open(_ path: String, _ access: SocketAccess) throws(SocketError) -> Int32 {
    try SocketPath.prepare(path, access)
    return try BoundSocket.open(path, access)
  }

  private func listen(on descriptor: Int32, _ path: String, isOperator: Bool) async throws {
    // Before anybody can connect: connections inherit it, and have it from their first byte on.
    guard PeerSocket.keepSenders(on: descriptor) else {
      close(descriptor)
      throw SocketError.failed(path: path, reason: "the kernel does not tell who sends")
    }
    do {
      let channel = try await bootstrap(isOperator: isOperator).withBoundSocket(descriptor).get()
      listeners.withLock { $0.append(channel) }
    } catch { throw SocketError.failed(path: path, reason: "\(error)") }
    // A bound socket is given a shorter queue than the option says.
    _ = Glibc.listen(descriptor, Self.backlog)
    log.info("listening", metadata: ["socket": "\(path)"])
  }

  private static let backlog: Int32 = 256

  /// Takes no more connections, lets what is in flight finish, and closes the rest.
  public func stop() async {
    for listener in listeners.withLock({ $0 }) { try? await listener.close() }
    let open = connections.withLock(\.channels)
    for connection in open { connection.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
    for connection in open { try? await connection.closeFuture.get() }
    // A service manager keeps what it opened.
    if settings.activated.agents == nil { unlink(settings.agentsPath) }
    if settings.activated.operators == nil { unlink(settings.operatorsPath) }
  }

  private func bootstrap(isOperator: Bool) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      // One read each time that something is there to be read: so there is always something whose
      // sender can be looked at.
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelInitializer { channel in
        channel.peerProcess().flatMap { peer in
          let watch = channel.descriptor.map { descriptor in
            // A connection may be older than our hold on a socket that was open already.
            _ = PeerSocket.keepSenders(on: descriptor)
            return SenderWatch(peer: peer, descriptor: descriptor)
          }
          if let watch, let options = channel.syncOptions {
            try? options.setOption(.recvAllocator, value: WatchingAllocator(watch: watch))
          }
          let evidence = PeerEvidence(of: peer, files: self.processFiles) { [weak channel] in
            await channel?.peerHandle() ?? .gone
          }
          return self.accept(
            channel,
            Session(
              peer: peer, isOperatorSocket: isOperator, evidence: evidence, watch: watch,
              pace: self.pace))
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
    if !session.isOperatorSocket, settings.usersThatAreNoAgents.contains(session.peer.userID) {
      return refuse(
        channel,
        .forbidden(
          rule: "separation",
          explanation: """
            agents and operators are kept apart here, and your user is an operator or the daemon's \
            own: use the operators' socket, or run agents under another user
            """))
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
