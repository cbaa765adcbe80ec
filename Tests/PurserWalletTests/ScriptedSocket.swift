import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A Unix socket that answers each object it is sent as it is told.
final class ScriptedSocket: Sendable {
  let path: String
  private let directory: String
  private let channel: any Channel
  private let log: Log

  private final class Log: Sendable {
    let requests = Mutex<[String]>([])
  }

  private init(path: String, directory: String, channel: any Channel, log: Log) {
    self.path = path
    self.directory = directory
    self.channel = channel
    self.log = log
  }

  /// - Parameter script: The answer to a request, in the pieces in which it is sent; none hangs up,
  ///   nil says nothing.
  static func start(
    _ script: @escaping @Sendable (String) -> [String]?
  ) async throws -> ScriptedSocket {
    let directory = FileManager.default.temporaryDirectory.path + "/purser-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    let path = directory + "/rpc"
    let log = Log()
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(script: script, log: log))
        }
      }
      .bind(unixDomainSocketPath: path).get()
    return ScriptedSocket(path: path, directory: directory, channel: channel, log: log)
  }

  deinit {
    channel.close(promise: nil)
    try? FileManager.default.removeItem(atPath: directory)
  }

  var requests: [String] { log.requests.withLock { $0 } }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: @Sendable (String) -> [String]?
    private let log: Log
    private var received = ""

    init(script: @escaping @Sendable (String) -> [String]?, log: Log) {
      self.script = script
      self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received += String(buffer: unwrapInboundIn(data))
      // The requests of these tests have no braces in their text.
      guard !received.isEmpty,
        received.count(where: { $0 == "{" }) == received.count(where: { $0 == "}" })
      else { return }
      let request = received
      received = ""
      log.requests.withLock { $0.append(request) }
      guard let pieces = script(request) else { return }
      for piece in pieces {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: piece)), promise: nil)
      }
      if pieces.isEmpty { context.close(promise: nil) }
    }
  }
}
