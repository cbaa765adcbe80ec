internal import NIOCore
internal import NIOWebSocket

/// Reads the frames of a relay: answers pings, sends its own, and passes messages on.
final class RelayFrameHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let messages: AsyncStream<RelayMessage>.Continuation
  private let interval: TimeAmount
  /// Whether anything came since the last ping.
  private var hasHeard = true
  private var pings: RepeatedTask?

  init(_ messages: AsyncStream<RelayMessage>.Continuation, pingEvery interval: TimeAmount) {
    self.messages = messages
    self.interval = interval
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    pings = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      let (handler, context) = bound.value
      handler.ping(context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { finish() }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Broken frames, ones too long, or a broken connection: there is nothing to go on with.
    finish()
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    hasHeard = true
    let frame = unwrapInboundIn(data)
    switch frame.opcode {
    case .text: read(frame, context)
    case .ping: send(.pong, frame.unmaskedData, context)
    case .connectionClose:
      send(.connectionClose, ByteBuffer(), context)
      context.close(promise: nil)
    case .binary, .pong: break
    // A kind that does not exist, or a piece of nothing (RFC 6455 §5.2).
    default: context.close(promise: nil)
    }
  }

  /// Passes a message on; what is none is left out.
  private func read(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
    guard let message = RelayMessage(decoding: Array(frame.unmaskedData.readableBytesView)) else {
      return
    }
    // A relay that talks faster than it is heard might push out what matters.
    if case .dropped = messages.yield(message) { context.close(promise: nil) }
  }

  private func ping(_ context: ChannelHandlerContext) {
    guard hasHeard else {
      context.close(promise: nil)
      return
    }
    hasHeard = false
    send(.ping, ByteBuffer(), context)
  }

  private func send(
    _ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext
  ) {
    let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }

  private func finish() {
    pings?.cancel()
    pings = nil
    messages.finish()
  }
}
