internal import NIOCore

/// Tells HTTP from lines of JSON by the first byte of a connection, and makes way for who serves it.
///
/// The name of an HTTP method begins with a capital letter, and nothing that is JSON does. Lines
/// pay for the difference once, when their connection begins.
final class FirstByteHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let requests: RequestHandler
  private let session: Session
  private let bounds: ConnectionBounds
  private let outbox: Outbox

  init(requests: RequestHandler, session: Session, bounds: ConnectionBounds, outbox: Outbox) {
    self.requests = requests
    self.session = session
    self.bounds = bounds
    self.outbox = outbox
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let first = unwrapInboundIn(data).readableBytesView.first else { return }
    let pipeline = context.pipeline.syncOperations
    do {
      if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) {
        try pipeline.addHandlers(
          HTTPExchange.handlers(requests: requests, session: session, bounds: bounds))
      } else {
        try pipeline.addHandler(
          ConnectionHandler(requests: requests, session: session, bounds: bounds, outbox: outbox))
      }
    } catch { return context.close(promise: nil) }
    context.fireChannelRead(data)
    pipeline.removeHandler(context: context, promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    // Nothing was asked, so there is nothing to wait for.
    case ChannelEvent.inputClosed, is DrainEvent: context.close(promise: nil)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
