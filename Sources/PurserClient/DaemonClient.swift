public import PurserAPI
internal import Synchronization

/// A client of the daemon: any number of calls at once, over one connection.
///
/// It connects at the first call, and again when the connection was lost. Each method is called with
/// its own types. A call whose outcome is lost is repeated, under a key where it changes something,
/// so that nothing is done twice; see ``ClientSettings/patience``.
public final class DaemonClient: Sendable {
  let settings: ClientSettings
  private let current = Mutex<Task<Connection, any Error>?>(nil)

  /// A client that has not connected yet.
  public init(_ settings: ClientSettings) { self.settings = settings }

  deinit {
    let task = current.withLock(\.self)
    Task { try? await task?.value.close() }
  }

  /// Calls a method and waits for its reply.
  ///
  /// `options` can carry a token, which replaces the client's for this call, and an idempotency key;
  /// methods that change something get a random key where there is none.
  /// - Throws: ``ClientError``.
  public func call<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, options: CallOptions = CallOptions()
  ) async throws(ClientError) -> Method.Reply {
    var options = options
    if Method.isRepeatable, options.idempotencyKey == nil {
      options.idempotencyKey = Self.randomKey()
    }
    let end = ContinuousClock.now + settings.patience
    var pause = Duration.milliseconds(20)
    while true {
      let failure: ClientError
      do throws(ClientError) { return try await callOnce(method, parameters, options) } catch {
        failure = error
      }
      guard let wait = Self.wait(before: failure, pause), ContinuousClock.now + wait < end else {
        throw failure
      }
      do { try await Task.sleep(for: wait) } catch { throw failure }
      pause = min(pause * 2, .seconds(1))
    }
  }

  /// Ends the connection; the next call opens another.
  public func close() async {
    let task = current.withLock { current in
      defer { current = nil }
      return current
    }
    try? await task?.value.close()
  }

  /// How long to wait before a call that failed is repeated; nil when that would not help.
  private static func wait(before failure: ClientError, _ pause: Duration) -> Duration? {
    switch failure {
    case .interrupted: pause
    case .refused(let error):
      switch error.kind {
      case .overloaded, .paymentPending:
        error.retryAfterMs.map { .milliseconds(Int64(clamping: $0)) } ?? pause
      default: nil
      }
    case .unreachable, .unexpected: nil
    }
  }

  private func callOnce<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, _ options: CallOptions
  ) async throws(ClientError) -> Method.Reply {
    let connection = try await connection()
    do throws(ClientError) {
      return try await connection.call(method, parameters, options, within: settings.timeout)
    } catch {
      if case .interrupted = error { await forget(connection) }
      throw error
    }
  }

  /// The connection, opened when there is none; calls at the same time wait for the same one.
  private func connection() async throws(ClientError) -> Connection {
    let task = current.withLock { current in
      if let current { return current }
      let settings = settings
      let task = Task { () async throws -> Connection in try await Connection.open(settings) }
      current = task
      return task
    }
    do { return try await task.value } catch {
      current.withLock { if $0 == task { $0 = nil } }
      throw error as? ClientError ?? .unreachable(path: settings.path, reason: "\(error)")
    }
  }

  /// Drops a connection that was lost, unless another has taken its place.
  private func forget(_ connection: Connection) async {
    let task = current.withLock(\.self)
    guard let task, let known = try? await task.value, known === connection else { return }
    current.withLock { if $0 == task { $0 = nil } }
    await connection.close()
  }

  private static func randomKey() -> String {
    var random = SystemRandomNumberGenerator()
    return String(random.next(), radix: 16) + String(random.next(), radix: 16)
  }
}
