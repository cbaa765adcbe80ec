internal import Glibc
public import PurserAPI

/// One connection to the daemon for programs without concurrency: a request at a time, waiting for
/// its answer.
///
/// ``DaemonClient`` is for all others. It belongs to one thread at a time. Make one for each thread that talks to the daemon.
public final class PurserConnection {
  private let descriptor: Int32
  private let path: String
  private var nextID: Int64 = 1
  private var received: [UInt8] = []
  /// Whether an answer may still come that nobody waits for any more.
  private var isOutOfStep = false

  /// The longest answer that is read, in bytes: a whole tree of 10,000 grants fits.
  private static let longestAnswer = 16 << 20

  /// Connects to the socket at `path`; an answer may take `timeoutSeconds`.
  /// - Throws: ``ClientError/unreachable(path:reason:)``.
  public init(path: String, timeoutSeconds: Int = 120) throws(ClientError) {
    self.path = path
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw .unreachable(path: path, reason: "the path is longer than 107 bytes")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else {
      throw .unreachable(path: path, reason: Self.lastError)
    }
    var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    // Everything is initialized by now, so that throwing runs `deinit`, which closes the socket.
    guard connected == 0 else { throw .unreachable(path: path, reason: Self.lastError) }
  }

  deinit { close(descriptor) }

  /// Calls a method and waits for its reply.
  /// - Throws: ``ClientError``.
  public func call<Method: RPCMethod>(
    _ method: Method.Type, _ parameters: Method.Parameters, options: CallOptions = CallOptions()
  ) throws(ClientError) -> Method.Reply {
    guard !isOutOfStep else {
      throw .interrupted(reason: "an earlier call was interrupted; open another connection")
    }
    let id = RPCID.number(nextID)
    nextID += 1
    let request = RPCRequest<Method>(id: id, parameters, options: options)
    let line: [UInt8]
    do { line = try WireJSON.encode(request) } catch {
      throw .unexpected(reason: "the request was not encoded")
    }
    isOutOfStep = true
    do throws(ClientError) { try send(line) } catch {
      // A daemon that does not serve this connection has said why before it closed.
      throw refusalLeftBehind() ?? error
    }
    let response: RPCResponse<Method.Reply>
    do {
      response = try WireJSON.decode(
        RPCResponse<Method.Reply>.self, from: try receiveLine())
    } catch let error as ClientError {
      throw error
    } catch {
      throw .unexpected(reason: "the answer to \(Method.name) is not one of this version")
    }
    // An answer to what could not be read has no id.
    guard response.id == id || response.id == .null else {
      throw .unexpected(reason: "an answer to another request")
    }
    isOutOfStep = false
    switch response.outcome {
    case .failure(let error): throw .refused(error)
    case .success(let reply): return reply
    }
  }

  private func refusalLeftBehind() -> ClientError? {
    guard let line = try? receiveLine(),
      let response = try? WireJSON.decode(RPCResponse<NoParameters>.self, from: line),
      case .failure(let error) = response.outcome
    else { return nil }
    return .refused(error)
  }

  /// Sends one line as it is, without waiting.
  /// - Throws: ``ClientError/interrupted(reason:)``.
  public func send(_ line: [UInt8]) throws(ClientError) {
    let bytes = line + [UInt8(ascii: "\n")]
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.send(
          descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .interrupted(reason: Self.lastError) }
      sent += count
    }
  }

  /// The next line, without its line feed.
  /// - Throws: ``ClientError/interrupted(reason:)`` when the connection ends or the time is over.
  public func receiveLine() throws(ClientError) -> [UInt8] {
    var scanned = 0
    while true {
      if let end = received[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(received[..<end])
        received.removeFirst(end + 1)
        return line
      }
      scanned = received.count
      guard received.count <= Self.longestAnswer else {
        throw .unexpected(reason: "the answer is longer than \(Self.longestAnswer) bytes")
      }
      try receiveMore()
    }
  }

  private func receiveMore() throws(ClientError) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count < 0, errno == EINTR { return }
    guard count > 0 else {
      throw .interrupted(
        reason: count == 0 ? "the daemon closed the connection" : Self.lastError)
    }
    received += buffer[..<count]
  }

  private static var lastError: String { String(cString: strerror(errno)) }
}
