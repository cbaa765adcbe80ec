import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP server on loopback that answers what it is told, byte for byte.
final class ScriptedServer: Sendable {
  struct Request: Sendable, Equatable {
    let method: String
    let path: String
    let key: String?
    let body: String
    /// Every header, by its name in small letters.
    let headers: [String: String]
  }

  /// What goes over the wire, and whether the connection is closed after it.
  struct Reply: Sendable {
    var text: String
    var closes = false

    static let silence = Reply(text: "")

    static func json(_ status: Int, _ body: String) -> Reply {
      Reply(
        text: """
          HTTP/1.1 \(status) Scripted\r
          Content-Type: application/json\r
          Content-Length: \(body.utf8.count)\r
          \r
          \(body)
          """)
    }

    /// An answer in chunks, a line in each.
    static func stream(_ lines: [String]) -> Reply {
      let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      let chunks = lines.map { line in
        String(line.utf8.count + 1, radix: 16) + "\r\n" + line + "\n\r\n"
      }
      return Reply(text: head + chunks.joined() + "0\r\n\r\n")
    }
  }

  private let channel: any Channel
  private let log: Log

  private init(channel: any Channel, log: Log) {
    self.channel = channel
    self.log = log
  }

  /// - Parameter tls: What it shows to those who connect; nil for plain HTTP.
  static func start(
    tls: TLSConfiguration? = nil,
    _ script: @escaping @Sendable (Request) -> Reply
  ) async throws -> ScriptedServer {
    let log = Log()
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
          }
          try channel.pipeline.syncOperations.addHandler(Handler(script: script, log: log))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return ScriptedServer(channel: channel, log: log)
  }

  deinit { channel.close(promise: nil) }

  var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
  var requests: [Request] { log.requests.withLock { $0 } }

  private final class Log: Sendable {
    let requests = Mutex<[Request]>([])
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: @Sendable (Request) -> Reply
    private let log: Log
    private var received = ""

    init(script: @escaping @Sendable (Request) -> Reply, log: Log) {
      self.script = script
      self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received += String(buffer: unwrapInboundIn(data))
      guard let request = takeRequest() else { return }
      log.requests.withLock { $0.append(request) }
      let reply = script(request)
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply.text)), promise: nil)
      if reply.closes { context.close(promise: nil) }
    }

    private func takeRequest() -> Request? {
      let parts = received.split(
        separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      let lines = parts[0].split(separator: "\r\n")
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        let parts = line.split(separator: ": ", maxSplits: 1)
        if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1]) }
      }
      let length = headers["content-length"].flatMap { Int($0) } ?? 0
      guard parts[1].utf8.count >= length, let first = lines.first else { return nil }
      let words = first.split(separator: " ")
      received = ""
      return Request(
        method: String(words[0]), path: String(words[1]), key: headers["x-api-key"],
        body: String(parts[1]), headers: headers)
    }
  }
}
