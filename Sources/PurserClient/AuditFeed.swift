internal import NIOCore
internal import NIOPosix
public import PurserAPI

extension DaemonClient {
  /// Follows the audit log over a connection of its own, until `receive` throws or the task is
  /// cancelled; when the connection is lost it goes on where it was.
  ///
  /// The next notice is read when `receive` has returned: who is slow is told what was left out.
  /// - Throws: ``ClientError``, and what `receive` throws.
  public func follow(
    _ parameters: AuditSubscribe.Parameters,
    _ receive: (AuditNotice) async throws -> Void
  ) async throws {
    var parameters = parameters
    var hasBegun = false
    var end = ContinuousClock.now + settings.patience
    while true {
      let failure: ClientError
      do {
        try await AuditFeed(settings).run(parameters) { start in
          hasBegun = true
          end = ContinuousClock.now + settings.patience
          parameters.after = parameters.after ?? start
        } receive: { notice in
          try await receive(notice)
          end = ContinuousClock.now + settings.patience
          parameters.after = notice.reached
        }
        failure = .interrupted(reason: "the daemon closed the connection")
      } catch let error as ClientError { failure = error }
      switch failure {
      case .interrupted: break
      case .unreachable where hasBegun: break
      default: throw failure
      }
      guard ContinuousClock.now < end else { throw failure }
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}

extension AuditNotice {
  /// The number up to which a reader has come with this.
  fileprivate var reached: UInt64 {
    switch self {
    case .event(let event): event.seq
    case .lost(let lost): lost.after + lost.count
    case .ended(let ended): ended.after
    }
  }
}

/// One connection that is there for a subscription alone.
private struct AuditFeed {
  private let settings: ClientSettings

  init(_ settings: ClientSettings) { self.settings = settings }

  /// Subscribes and reads; returns when the daemon closes the connection.
  func run(
    _ parameters: AuditSubscribe.Parameters, begun: (UInt64) -> Void,
    receive: (AuditNotice) async throws -> Void
  ) async throws {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    do {
      channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(unixDomainSocketPath: settings.path) { channel in
          channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel(wrappingChannelSynchronously: channel)
          }
        }
    } catch let error as IOError {
      throw ClientError.unreachable(path: settings.path, reason: systemReason(error.errnoCode))
    }
    let request = RPCRequest<AuditSubscribe>(
      id: .number(1), parameters, options: CallOptions(token: settings.token))
    let line = try WireJSON.encode(request)
    try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(bytes: line + [UInt8(ascii: "\n")]))
      var lines = IncomingLines()
      for try await bytes in inbound {
        lines.append(bytes)
        while let line = lines.next() {
          if let notice = WireJSON.notice(in: line) {
            try await receive(notice)
          } else {
            begun(try Self.start(in: line))
          }
        }
      }
    }
  }

  /// The number after which events come, as the answer to the request says.
  private static func start(in line: [UInt8]) throws -> UInt64 {
    guard let response = try? WireJSON.decode(RPCResponse<AuditSubscribe.Reply>.self, from: line)
    else { throw ClientError.unexpected(reason: "a line is neither answer nor notification") }
    do { return try response.outcome.get().after } catch { throw ClientError.refused(error) }
  }
}
