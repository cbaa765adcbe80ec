internal import NIOCore
internal import NIOPosix
internal import PurserAPI
internal import Synchronization

/// One connection: requests go out as they come, answers find them by their ids.
final class Connection: Sendable {
  private let channel: any Channel
  private let exchange: Exchange

  private init(channel: any Channel, exchange: Exchange) {
    self.channel = channel
    self.exchange = exchange
  }

  /// Connects, and opens a session where there is a token.
  static func open(_ settings: ClientSettings) async throws(ClientError) -> Connection {
    let exchange = Exchange()
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(AnswerHandler(exchange))
          }
        }
        .connect(unixDomainSocketPath: settings.path).get()
    } catch let error as IOError {
      throw .unreachable(path: settings.path, reason: systemReason(error.errnoCode))
    } catch { throw .unreachable(path: settings.path, reason: "\(error)") }
    let connection = Connection(channel: channel, exchange: exchange)
    guard let token = settings.token else { return connection }
    do throws(ClientError) {
      _ = try await connection.call(
        SessionOpen.self, NoParameters(), CallOptions(token: token), within: settings.timeout)
    } catch {
      await connection.close()
      throw error
    }
    return connection
  }

  func close() async { try? await channel.close() }

  func call<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, _ options: CallOptions,
    within timeout: Duration
  ) async throws(ClientError) -> Method.Reply {
    let id = exchange.nextID()
    let request = RPCRequest<Method>(id: .number(id), parameters, options: options)
    guard let line = try? WireJSON.encode(request) else {
      throw .unexpected(reason: "the request was not encoded")
    }
    let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { [exchange] in
      exchange.fail(id, .interrupted(reason: "no answer within \(timeout)"))
    }
    defer { deadline.cancel() }
    let answer = await withTaskCancellationHandler {
      await exchange.answer(to: id) {
        var buffer = channel.allocator.buffer(capacity: line.count + 1)
        buffer.writeBytes(line)
        buffer.writeInteger(UInt8(ascii: "\n"))
        channel.writeAndFlush(buffer, promise: nil)
      }
    } onCancel: {
      exchange.fail(id, .interrupted(reason: "the call was cancelled"))
    }
    let response: RPCResponse<Method.Reply>
    let bytes = try answer.get()
    do { response = try WireJSON.decode(RPCResponse<Method.Reply>.self, from: bytes) } catch {
      throw .unexpected(reason: "the answer to \(Method.name) is not one of this version")
    }
    do { return try response.outcome.get() } catch { throw .refused(error) }
  }
}

/// The requests that wait for their answers.
final class Exchange: Sendable {
  typealias Answer = Result<[UInt8], ClientError>

  private struct State {
    var lastID: Int64 = 0
    var waiting: [Int64: CheckedContinuation<Answer, Never>] = [:]
    /// Those that failed before they waited.
    var failed: [Int64: ClientError] = [:]
    /// Why nothing more comes; nil while something may.
    var end: ClientError?
  }

  private let state = Mutex(State())

  func nextID() -> Int64 {
    state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
  }

  /// The answer to the request `id`, which `send` sends.
  func answer(to id: Int64, _ send: () -> Void) async -> Answer {
    await withCheckedContinuation { continuation in
      let failure = state.withLock { state -> ClientError? in
        if let failure = state.failed.removeValue(forKey: id) ?? state.end { return failure }
        state.waiting[id] = continuation
        return nil
      }
      if let failure { return continuation.resume(returning: .failure(failure)) }
      send()
    }
  }

  /// Ends the wait of one request; its answer, should it still come, is dropped.
  func fail(_ id: Int64, _ error: ClientError) {
    let continuation = state.withLock { state in
      let continuation = state.waiting.removeValue(forKey: id)
      if continuation == nil, state.end == nil { state.failed[id] = error }
      return continuation
    }
    continuation?.resume(returning: .failure(error))
  }

  /// A line came.
  func receive(_ line: [UInt8]) {
    guard let head = try? WireJSON.decode(Head.self, from: line) else {
      return end(.unexpected(reason: "a line of the daemon is no answer"))
    }
    switch head.id {
    case .number(let id):
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: .success(line))
    case .null?:
      // It answers what could not be read, or says why this connection is not served.
      if let error = head.error { end(.refused(error)) }
    case .text?, nil: break
    }
  }

  /// Nothing more comes: everybody who waits hears why.
  func end(_ error: ClientError) {
    let waiting = state.withLock { state in
      state.end = state.end ?? error
      defer { state.waiting = [:] }
      return Array(state.waiting.values)
    }
    for continuation in waiting { continuation.resume(returning: .failure(error)) }
  }

  private struct Head: Decodable {
    let id: RPCID?
    let error: RPCError?

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: MemberName.self)
      id = members.contains("id") ? try members.decode(RPCID.self, forKey: "id") : nil
      error = id == .null ? try members.decodeIfPresent(RPCError.self, forKey: "error") : nil
    }
  }
}

/// Cuts what comes into lines.
final class AnswerHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// The longest answer that is read, in bytes: a whole tree of 10,000 grants fits.
  static let longestAnswer = 16 << 20

  private let exchange: Exchange
  private var lines = IncomingLines()

  init(_ exchange: Exchange) { self.exchange = exchange }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lines.append(unwrapInboundIn(data))
    while let line = lines.next() { exchange.receive(line) }
    guard lines.count > Self.longestAnswer else { return }
    exchange.end(.unexpected(reason: "the answer is longer than \(Self.longestAnswer) bytes"))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    exchange.end(.interrupted(reason: "the daemon closed the connection"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    exchange.end(.interrupted(reason: "\(error)"))
    context.close(promise: nil)
  }
}

/// Bytes as they come, cut at line feeds.
struct IncomingLines {
  private var bytes = ByteBuffer()
  private var scanned = 0

  /// How many bytes wait for their line feed.
  var count: Int { bytes.readableBytes }

  mutating func append(_ incoming: ByteBuffer) {
    var incoming = incoming
    bytes.writeBuffer(&incoming)
  }

  /// The next whole line, without its line feed.
  mutating func next() -> [UInt8]? {
    let view = bytes.readableBytesView.dropFirst(scanned)
    guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = bytes.readableBytes
      bytes.discardReadBytes()
      return nil
    }
    let line = bytes.readBytes(length: end - bytes.readerIndex)
    bytes.moveReaderIndex(forwardBy: 1)
    scanned = 0
    return line
  }
}
