internal import Logging
internal import NIOCore
internal import PurserAPI
internal import PurserCore

/// One connection: cuts the bytes into lines, has each answered, and writes the answers.
///
/// It runs on its event loop alone. A request to spend goes straight to the ledger; any other runs
/// in a task of its own, so that one that waits for a payment holds up nobody.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let requests: RequestHandler
  private let session: Session
  private let bounds: ConnectionBounds
  private let outbox: Outbox
  /// Nil before the handler has its place and after it lost it.
  private var context: ChannelHandlerContext?
  private var unread = LineBuffer()
  /// Who sent what of the next line is there already.
  private var beginner = Sender.unknown
  /// Answers that are written together at the next flush.
  private var outgoing = ByteBuffer()
  private var inFlight = 0
  /// Whether nothing is read for a while, since the client was refused too often.
  private var isPaused = false
  private var isClosing = false
  private var deadline: Scheduled<Void>?

  init(requests: RequestHandler, session: Session, bounds: ConnectionBounds, outbox: Outbox) {
    self.requests = requests
    self.session = session
    self.bounds = bounds
    self.outbox = outbox
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    guard let subscriptions = session.subscriptions else { return }
    let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    subscriptions.open { lines in
      try await eventLoop.flatSubmit { connection.value.push(lines, on: eventLoop) }.get()
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    session.subscriptions?.close()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing else { return }
    let sender = session.watch?.takeSender() ?? .unknown
    if case .other(let process) = sender, let caller = session.bound {
      return refuseStranger(process, of: caller, context: context)
    }
    var lineSender = unread.count > 0 ? beginner.joined(with: sender) : sender
    unread.append(unwrapInboundIn(data))
    while !isClosing, let length = unread.nextLine() {
      stopWatching()
      receive(length, from: lineSender, context: context)
      lineSender = sender
      if session.isMisused, !isClosing { beginClosing(context: context) }
    }
    beginner = lineSender
    guard !isClosing else { return }
    if unread.count > bounds.lineLength { return refuseLongLine(context: context) }
    unread.compact()
    watchLine(context: context)
  }

  /// What was read is answered together, as far as it is answered already.
  func channelReadComplete(context: ChannelHandlerContext) {
    flush()
    context.fireChannelReadComplete()
  }

  /// Answers the next `length` bytes, or has them answered, and moves past their line feed.
  private func receive(_ length: Int, from sender: Sender, context: ChannelHandlerContext) {
    guard length <= bounds.lineLength else { return refuseLongLine(context: context) }
    if let request = WireJSON.spendRequest(
      in: unread.bytes.readableBytesUInt8Span.extracting(..<length)),
      spend(request, from: sender, context: context)
    {
      // A refusal may have ended the connection, and with it what is unread.
      if !isClosing { unread.skipLine(length) }
    } else {
      answer(unread.takeLine(length), from: sender, context: context)
    }
  }

  // MARK: Requests to spend

  /// Takes a request the short way; false when it must go the general one.
  private func spend(
    _ request: SpendRequest, from sender: Sender, context: ChannelHandlerContext
  ) -> Bool {
    guard inFlight < bounds.requestsInFlight else {
      session.noteRefusal()
      if let id = request.id { write(RequestHandler.refusal(of: id, Self.overloaded)) }
      return true
    }
    let outbox = outbox
    let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
    let start = requests.start(request, in: session, from: sender) { request, result in
      outbox.add(Outbox.Answer(connection: connection, request: request, result: result))
    }
    if case .mustRead = start { return false }
    inFlight += 1
    if case .refused(let request, let refusal) = start {
      finish(
        Outbox.Answer(connection: connection, request: request, result: .failure(refusal)))
    }
    return true
  }

  /// Puts an answer among those that the next flush writes.
  func finish(_ answer: Outbox.Answer) {
    if case .failure(let refusal) = answer.result, !answer.isNoted {
      let (requests, session, outbox) = (requests, session, outbox)
      let note: @Sendable () -> Void = {
        requests.note(
          refusal, method: answer.request.method, caller: answer.request.caller, session)
      }
      if requests.mustLookUp(answer.request) {
        // The event loop does not wait for the disk.
        Task {
          note()
          var answer = answer
          answer.isNoted = true
          outbox.add(answer)
        }
        return
      }
      note()
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.usualAnswer)
    requests.write(answer.result, to: answer.request, into: &bytes)
    outgoing.writeBytes(bytes)
    requestEnded()
  }

  // MARK: All other requests

  private func answer(
    _ line: [UInt8], from sender: Sender, context: ChannelHandlerContext
  ) {
    guard line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) else {
      return
    }
    guard inFlight < bounds.requestsInFlight else {
      session.noteRefusal()
      if let answer = RequestHandler.refusal(of: line, Self.overloaded) { write(answer) }
      return
    }
    inFlight += 1
    let (requests, session) = (requests, session)
    let box = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.makeFutureWithTask {
      await requests.answer(line, in: session, from: sender)
    }.whenComplete { result in
      let handler = box.value
      if let answer = try? result.get() { handler.write(answer) }
      handler.requestEnded()
      handler.flush()
      // Its answer comes before the first thing that a subscription has to say.
      handler.session.subscriptions?.start()
    }
  }

  // MARK: Answers

  private static let usualAnswer = 256
  private static let overloaded = RPCError(.overloaded(retryAfterMs: 100), viewer: nil)

  private func write(_ answer: [UInt8]) {
    outgoing.writeBytes(answer)
    outgoing.writeInteger(UInt8(ascii: "\n"))
  }

  private func requestEnded() {
    inFlight -= 1
    guard let context else { return }
    if isClosing, inFlight == 0 { close(context: context) }
    if !isClosing, session.isMisused { beginClosing(context: context) }
  }

  /// Whether answers wait for a flush.
  var hasAnswers: Bool { outgoing.readableBytes > 0 }

  /// Writes what has gathered.
  func flush() {
    paceReading()
    guard hasAnswers else { return }
    let answers = outgoing
    outgoing = ByteBuffer()
    guard let context, context.channel.isActive else { return }
    context.writeAndFlush(wrapOutboundOut(answers), promise: nil)
  }

  /// Writes lines that answer nothing; done when the client has taken them.
  private func push(_ lines: [UInt8], on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
    guard let context, !isClosing else {
      return eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
    }
    flush()
    return context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: lines)))
  }

  private func refuseLongLine(context: ChannelHandlerContext) {
    refuseAndClose(
      .parseError("a line has at most \(bounds.lineLength) bytes; the connection closes"),
      context: context)
  }

  /// Ends a connection on which a process spoke that the tokens shown here are not for.
  private func refuseStranger(
    _ process: PeerProcess, of caller: Caller, context: ChannelHandlerContext
  ) {
    let refusal = Authenticator.refusal(of: caller.chain?.bindings ?? [], from: process)
    let (requests, session) = (requests, session)
    // It may have to read from disk, for which the event loop does not wait.
    Task { requests.note(refusal, method: "session.open", caller: caller, session) }
    refuseAndClose(RPCError(refusal, viewer: nil), context: context)
  }

  private func refuseAndClose(_ error: RPCError, context: ChannelHandlerContext) {
    write(RequestHandler.refusal(error))
    flush()
    beginClosing(context: context)
  }

  /// Reads nothing more, and closes once every answer that is still to come is written.
  private func beginClosing(context: ChannelHandlerContext) {
    isClosing = true
    session.subscriptions?.close()
    unread.clear()
    stopWatching()
    if inFlight == 0 { close(context: context) }
  }

  private func close(context: ChannelHandlerContext) {
    flush()
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
    if unread.count == 0 {
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
    updateReading(context: context)
    context.fireChannelWritabilityChanged()
  }

  private func updateReading(context: ChannelHandlerContext) {
    context.channel.setOption(.autoRead, value: context.channel.isWritable && !isPaused)
      .whenFailure { _ in }
  }

  /// Reads nothing for a while from a client that was refused too often.
  private func paceReading() {
    guard !isPaused, !isClosing, let context, let pause = session.pause else { return }
    isPaused = true
    updateReading(context: context)
    let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: pause) {
      let handler = connection.value
      handler.isPaused = false
      if let context = handler.context { handler.updateReading(context: context) }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed:
      guard !isClosing else { return }
      if unread.count > 0 {
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
