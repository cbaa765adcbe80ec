internal import Logging
internal import NIOCore
internal import PurserAPI
internal import PurserCore

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
  /// How long a client may take to read its last answers.
  var flushTimeout: TimeAmount = .seconds(5)
}

/// One connection: cuts the bytes into lines, has each answered, and writes the answers.
///
/// It runs on its event loop alone; a request runs in a task of its own, so that one that waits
/// for a payment holds up nobody.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let requests: RequestHandler
  private let session: Session
  private let bounds: ConnectionBounds
  private var unread = ByteBuffer()
  /// How many bytes of `unread` are known to hold no line feed.
  private var scanned = 0
  private var inFlight = 0
  private var isClosing = false
  private var deadline: Scheduled<Void>?

  init(requests: RequestHandler, session: Session, bounds: ConnectionBounds) {
    self.requests = requests
    self.session = session
    self.bounds = bounds
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing else { return }
    var incoming = unwrapInboundIn(data)
    unread.writeBuffer(&incoming)
    while !isClosing, let line = nextLine() {
      stopWatching()
      receive(line, context: context)
    }
    guard !isClosing else { return }
    unread.discardReadBytes()
    if unread.readableBytes > bounds.lineLength {
      refuseAndClose(
        .parseError("a line has at most \(bounds.lineLength) bytes; the connection closes"),
        context: context)
      return
    }
    watchLine(context: context)
  }

  /// The next whole line, without its line feed.
  private func nextLine() -> [UInt8]? {
    let view = unread.readableBytesView
    let start = view.index(view.startIndex, offsetBy: scanned)
    guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = view.count
      return nil
    }
    let length = view.distance(from: view.startIndex, to: end)
    scanned = 0
    let line = unread.readBytes(length: length) ?? []
    unread.moveReaderIndex(forwardBy: 1)
    return line
  }

  private func receive(_ line: [UInt8], context: ChannelHandlerContext) {
    guard line.count <= bounds.lineLength else {
      refuseAndClose(
        .parseError("a line has at most \(bounds.lineLength) bytes; the connection closes"),
        context: context)
      return
    }
    guard line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) else {
      return
    }
    guard inFlight < bounds.requestsInFlight else {
      let error = RPCError(.overloaded(retryAfterMs: 100), viewer: nil)
      if let answer = RequestHandler.refusal(of: line, error) { write(answer, context: context) }
      return
    }
    inFlight += 1
    let (requests, session) = (requests, session)
    let box = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.makeFutureWithTask { await requests.answer(line, in: session) }
      .whenComplete { result in
        let (handler, context) = box.value
        handler.finish(try? result.get(), context: context)
      }
  }

  private func finish(_ answer: [UInt8]?, context: ChannelHandlerContext) {
    inFlight -= 1
    if let answer { write(answer, context: context) }
    if isClosing, inFlight == 0 { close(context: context) }
  }

  private func write(_ answer: [UInt8], context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    var buffer = context.channel.allocator.buffer(capacity: answer.count + 1)
    buffer.writeBytes(answer)
    buffer.writeInteger(UInt8(ascii: "\n"))
    context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
  }

  private func refuseAndClose(_ error: RPCError, context: ChannelHandlerContext) {
    write(RequestHandler.refusal(error), context: context)
    beginClosing(context: context)
  }

  /// Reads nothing more, and closes once every answer that is still to come is written.
  private func beginClosing(context: ChannelHandlerContext) {
    isClosing = true
    unread.clear()
    stopWatching()
    if inFlight == 0 { close(context: context) }
  }

  private func close(context: ChannelHandlerContext) {
    let channel = context.channel
    // A client that does not read its answers holds up nobody's end.
    let patience = context.eventLoop.scheduleTask(in: bounds.flushTimeout) {
      channel.close(promise: nil)
    }
    // An empty write comes after every answer that was written before.
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
      patience.cancel()
      channel.close(promise: nil)
    }
  }

  private func stopWatching() {
    deadline?.cancel()
    deadline = nil
  }

  /// Gives a line that was started, and it alone, a time to be finished in.
  private func watchLine(context: ChannelHandlerContext) {
    if unread.readableBytes == 0 {
      stopWatching()
    } else if deadline == nil {
      let box = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      deadline = context.eventLoop.scheduleTask(in: bounds.lineTimeout) {
        let (handler, context) = box.value
        guard !handler.isClosing else { return }
        handler.refuseAndClose(
          .parseError("a line was not finished in time; the connection closes"), context: context)
      }
    }
  }

  /// A reader that does not read gets no more answers worked out for it.
  func channelWritabilityChanged(context: ChannelHandlerContext) {
    context.channel.setOption(.autoRead, value: context.channel.isWritable)
      .whenFailure { _ in }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed:
      guard !isClosing else { return }
      if unread.readableBytes > 0 {
        refuseAndClose(
          .parseError("the last line has no line feed and was not read"), context: context)
      } else {
        beginClosing(context: context)
      }
    case is DrainEvent: if !isClosing { beginClosing(context: context) }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosing = true
    stopWatching()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

/// Tells a connection that the daemon is stopping.
struct DrainEvent: Sendable {}
