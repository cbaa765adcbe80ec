import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

@testable import PurserWallet

/// A relay on loopback that says what it is told, frame for frame.
final class ScriptedRelay: Sendable {
  /// What the relay does.
  enum Action: Sendable {
    case text(String)
    case frame(WebSocketOpcode, [UInt8])
    case close
  }

  /// What a client said, read as far as the tests need it.
  struct Said: Sendable {
    /// Which connection since the start, from 1.
    let connection: Int
    /// `REQ` and so on, or `pong` for a frame of that kind.
    let word: String
    /// The name of the subscription of REQ and CLOSE.
    let name: String
    /// The event of EVENT and AUTH.
    let event: NostrEvent?
    let text: String

    var isOfferRequest: Bool { word == "REQ" && text.contains("13194") }
    var isAnswerRequest: Bool { word == "REQ" && text.contains("23195") }
  }

  typealias Script = @Sendable (Said) -> [Action]

  private let channel: any Channel
  private let log: Log

  private init(channel: any Channel, log: Log) {
    self.channel = channel
    self.log = log
  }

  deinit { channel.close(promise: nil) }

  var url: String { "ws://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
  var said: [Said] { log.said.withLock { $0 } }
  var connections: Int { log.connections.withLock { $0 } }
  /// The requests to the wallet that came in.
  var requests: [NostrEvent] { said.filter { $0.word == "EVENT" }.compactMap(\.event) }

  /// Begins to listen; `greeting` goes to each new connection.
  static func start(greeting: [Action] = [], _ script: @escaping Script) async throws
    -> ScriptedRelay
  {
    let log = Log()
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        let upgrader = NIOWebSocketServerUpgrader(
          maxFrameSize: 1 << 20,
          shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
          upgradePipelineHandler: { channel, _ in
            channel.eventLoop.makeCompletedFuture {
              let handler = Handler(script: script, log: log, greeting: greeting)
              try channel.pipeline.syncOperations.addHandler(handler)
            }
          })
        return channel.pipeline.configureHTTPServerPipeline(
          withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return ScriptedRelay(channel: channel, log: log)
  }

  private final class Log: Sendable {
    let said = Mutex<[Said]>([])
    let connections = Mutex(0)
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let script: Script
    private let log: Log
    private let greeting: [Action]
    private var connection = 0

    init(script: @escaping Script, log: Log, greeting: [Action]) {
      self.script = script
      self.log = log
      self.greeting = greeting
    }

    func handlerAdded(context: ChannelHandlerContext) {
      connection = log.connections.withLock { count in
        count += 1
        return count
      }
      perform(greeting, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let frame = unwrapInboundIn(data)
      switch frame.opcode {
      case .pong: perform(script(pong), context)
      case .text:
        guard let said = read(String(buffer: frame.unmaskedData)) else { return }
        log.said.withLock { $0.append(said) }
        perform(script(said), context)
      default: break
      }
    }

    private var pong: Said {
      Said(connection: connection, word: "pong", name: "", event: nil, text: "")
    }

    private func read(_ text: String) -> Said? {
      guard let parts = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any],
        let word = parts.first as? String
      else { return nil }
      var event: NostrEvent?
      if parts.count > 1, parts[1] is [String: Any],
        let data = try? JSONSerialization.data(withJSONObject: parts[1])
      {
        event = try? JSONDecoder().decode(NostrEvent.self, from: data)
      }
      let name = parts.count > 1 ? parts[1] as? String ?? "" : ""
      return Said(connection: connection, word: word, name: name, event: event, text: text)
    }

    private func perform(_ actions: [Action], _ context: ChannelHandlerContext) {
      for action in actions {
        switch action {
        case .text(let text): send(.text, Array(text.utf8), context)
        case .frame(let opcode, let bytes): send(opcode, bytes, context)
        case .close: context.close(promise: nil)
        }
      }
    }

    private func send(
      _ opcode: WebSocketOpcode, _ bytes: [UInt8], _ context: ChannelHandlerContext
    ) {
      let frame = WebSocketFrame(fin: true, opcode: opcode, data: ByteBuffer(bytes: bytes))
      context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
  }
}
