internal import NIOCore
internal import NIOHTTP1

/// Serves one connection over HTTP/1.1: each POST carries one message or batch, as a line does.
///
/// A request at a time; nothing is kept from one to the next, since a proxy may send those of
/// several clients over one connection.
final class HTTPExchange: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let requests: RequestHandler
  private let session: Session
  private let bounds: ConnectionBounds
  private let arrivals: HTTPArrivals
  private var request: Request?
  /// What came while a request was being carried out; it is little, since nothing is read then.
  private var waiting: [HTTPServerRequestPart] = []
  /// Whether what came last is not HTTP.
  private var isBroken = false
  /// Whether a request is being carried out.
  private var isAnswering = false
  /// Whether the connection ends with the answer that is next.
  private var isLast = false
  /// Whether the client sends nothing more; what it has sent is still answered.
  private var isInputOver = false
  private var isClosed = false
  /// Done when the last answer was taken.
  private var written: EventLoopFuture<Void>?
  private var deadline: Scheduled<Void>?

  /// A request whose body is still coming.
  private struct Request {
    let token: [UInt8]?
    let keepsAlive: Bool
    var body = ByteBuffer()
  }

  /// The handlers of a connection, from the socket inwards.
  static func handlers(
    requests: RequestHandler, session: Session, bounds: ConnectionBounds
  ) -> [any ChannelHandler] {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = bounds.httpHeaderLength
    limits.maxHeaderListSize = 2 * bounds.httpHeaderLength
    limits.maxHeaderFieldCount = bounds.httpHeaders
    let arrivals = HTTPArrivals(watch: session.watch)
    return [
      arrivals, HTTPResponseEncoder(),
      ByteToMessageHandler(
        HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)),
      HTTPExchange(requests: requests, session: session, bounds: bounds, arrivals: arrivals),
    ]
  }

  private init(
    requests: RequestHandler, session: Session, bounds: ConnectionBounds, arrivals: HTTPArrivals
  ) {
    self.requests = requests
    self.session = session
    self.bounds = bounds
    self.arrivals = arrivals
  }

  func handlerAdded(context: ChannelHandlerContext) { watch(context: context) }

  // MARK: A request comes in

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    guard !isAnswering else { return waiting.append(part) }
    receive(part, context: context)
  }

  private func receive(_ part: HTTPServerRequestPart, context: ChannelHandlerContext) {
    guard !isClosed, !isLast else { return }
    switch part {
    case .head(let head): begin(head, context: context)
    case .body(var bytes): extend(with: &bytes, context: context)
    case .end: finish(context: context)
    }
  }

  private func begin(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
    do throws(HTTPRefusal) {
      let check = HTTPHeadCheck(longestBody: bounds.lineLength)
      request = Request(token: try check.token(in: head), keepsAlive: head.isKeepAlive)
    } catch { return refuse(error, context: context) }
    if head.headers.contains(name: "Expect"), head.version == .http1_1 {
      let goAhead = HTTPResponseHead(version: .http1_1, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(goAhead)), promise: nil)
    }
  }

  private func extend(with bytes: inout ByteBuffer, context: ChannelHandlerContext) {
    request?.body.writeBuffer(&bytes)
    guard let length = request?.body.readableBytes, length > bounds.lineLength else { return }
    refuse(.tooLong(bounds.lineLength), context: context)
  }

  private func finish(context: ChannelHandlerContext) {
    guard let request else { return }
    self.request = nil
    stopWatching()
    isLast = isLast || !request.keepsAlive
    isAnswering = true
    setReading(false, context: context)
    let (requests, session) = (requests, session.forOneRequest(bearing: request.token))
    let (body, sender) = (Array(request.body.readableBytesView), arrivals.takeSender())
    let box = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.makeFutureWithTask {
      await requests.answer(body, in: session, from: sender)
    }.whenComplete { result in
      let (exchange, context) = box.value
      exchange.isLast = exchange.isLast || session.isMisused
      let answer = (try? result.get()).flatMap(\.self)
      guard let pause = session.pause else { return exchange.answer(answer, context: context) }
      // Refused too often: the next request is read when this one is answered.
      context.eventLoop.scheduleTask(in: pause) {
        let (exchange, context) = box.value
        exchange.answer(answer, context: context)
      }
    }
  }

  // MARK: An answer goes out

  private func answer(_ body: [UInt8]?, context: ChannelHandlerContext) {
    isAnswering = false
    guard !isClosed else { return }
    if let body {
      write(.ok, body, context: context)
    } else {
      // Notifications get no answer.
      write(.noContent, nil, context: context)
    }
    guard !isLast else { return }
    arrivals.hasBytes = false
    watch(context: context)
    setReading(true, context: context)
    let parts = waiting
    waiting = []
    // One of them may be the end of a request: what follows it waits again.
    for part in parts { channelRead(context: context, data: NIOAny(part)) }
    guard !isAnswering, !isLast else { return }
    if isBroken {
      refuse(.malformed, context: context)
    } else if isInputOver {
      close(context: context)
    }
  }

  private func setReading(_ isReading: Bool, context: ChannelHandlerContext) {
    context.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
  }

  private func refuse(_ refusal: HTTPRefusal, context: ChannelHandlerContext) {
    request = nil
    isLast = true
    write(refusal.status, refusal.body, refusal.headers, context: context)
  }

  private func write(
    _ status: HTTPResponseStatus, _ body: [UInt8]?, _ more: [(name: String, value: String)] = [],
    context: ChannelHandlerContext
  ) {
    var headers = HTTPHeaders(more.map { ($0.name, $0.value) })
    // What is answered may be a secret of one client.
    headers.add(name: "Cache-Control", value: "no-store")
    if let body {
      headers.add(name: "Content-Type", value: "application/json")
      headers.add(name: "Content-Length", value: "\(body.count + 1)")
    }
    if isLast { headers.add(name: "Connection", value: "close") }
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if let body {
      var buffer = ByteBuffer(bytes: body)
      buffer.writeInteger(UInt8(ascii: "\n"))
      context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    }
    written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if isLast { close(context: context) }
  }

  // MARK: The end

  private func close(context: ChannelHandlerContext) {
    stopWatching()
    let channel = context.channel
    guard let written else { return context.close(promise: nil) }
    // A client that does not read its answer holds up nobody's end.
    let patience = context.eventLoop.scheduleTask(in: bounds.flushTimeout) {
      channel.close(promise: nil)
    }
    written.whenComplete { _ in
      patience.cancel()
      channel.close(promise: nil)
    }
  }

  /// Gives the next request a time to be there in, whole.
  private func watch(context: ChannelHandlerContext) {
    stopWatching()
    let box = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: bounds.lineTimeout) {
      let (exchange, context) = box.value
      guard !exchange.isClosed, !exchange.isLast else { return }
      if exchange.arrivals.hasBytes || exchange.request != nil {
        exchange.refuse(.late, context: context)
      } else {
        exchange.close(context: context)
      }
    }
  }

  private func stopWatching() {
    deadline?.cancel()
    deadline = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed:
      isInputOver = true
      if !isAnswering { close(context: context) }
    case is DrainEvent:
      isLast = true
      if !isAnswering { close(context: context) }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosed = true
    stopWatching()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError else { return context.close(promise: nil) }
    isBroken = true
    if !isAnswering, !isClosed, !isLast { refuse(.malformed, context: context) }
  }
}

/// Knows whether anything has come since the last answer, and from whom.
final class HTTPArrivals: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let watch: SenderWatch?
  /// Who sent what came since the request before; nil for nothing.
  private var sender: Sender?
  /// Who sent what came last.
  private var last = Sender.unknown
  var hasBytes = false

  init(watch: SenderWatch?) { self.watch = watch }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    hasBytes = true
    last = watch?.takeSender() ?? .unknown
    sender = sender?.joined(with: last) ?? last
    context.fireChannelRead(data)
  }

  /// Who sent the request that has just come in whole.
  ///
  /// The last of its bytes may have come together with the first of the next one.
  func takeSender() -> Sender {
    defer { sender = last }
    return sender ?? .unknown
  }
}
