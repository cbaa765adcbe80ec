internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOPosix
internal import NIOSSL
internal import PurserAPI

/// Sends requests and gives answers as they come; connections are used again.
struct HTTPSender {
  private let client: HTTPClient

  /// A 402's body says nothing that counts; more of it than this is not read, in bytes.
  private static let longestDropped = 64 << 10

  /// A sender whose connections may be idle for `timeout`; `decodes` is whether bodies are unpacked.
  init(timeout: Duration, decodes: Bool, verifiesServers: Bool) {
    let timeout = TimeAmount(timeout)
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: timeout, read: timeout))
    configuration.timeout.write = timeout
    // What is refused now is told now.
    configuration.connectionPool.retryConnectionEstablishment = false
    // It is written out piece by piece, so that the length to which it unpacks is no danger.
    if decodes { configuration.decompression = .enabled(limit: .none) }
    if !verifiesServers {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.certificateVerification = .none
      configuration.tlsConfiguration = tls
    }
    client = HTTPClient(
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
  }

  /// Ends every connection.
  func close() async { try? await client.shutdown() }

  /// Sends `hop`, with `authorization` where there is one.
  /// - Throws: ``FetchFailure`` when no answer comes.
  func send(_ hop: Hop, authorization: String?) async throws(FetchFailure) -> HTTPClientResponse {
    var request = HTTPClientRequest(url: hop.url.text)
    request.method = hop.method
    request.headers = hop.headers
    if let authorization {
      request.headers.replaceOrAdd(name: "authorization", value: authorization)
    }
    if let body = hop.body { request.body = .bytes(ByteBuffer(bytes: body)) }
    do { return try await client.execute(request, deadline: .distantFuture) } catch {
      guard hop.isSafe, (error as? HTTPClientError) == .remoteConnectionClosed else {
        throw Self.failure(error, hop.url)
      }
    }
    // A server may close a connection just as it is used again: nothing was answered, so ask anew.
    do { return try await client.execute(request, deadline: .distantFuture) } catch {
      throw Self.failure(error, hop.url)
    }
  }

  /// Reads the body of an answer that is not wanted, so that its connection can be used again.
  func drop(_ response: HTTPClientResponse) async {
    var count = 0
    do {
      for try await piece in response.body {
        count += piece.readableBytes
        guard count < Self.longestDropped else { return }
      }
    } catch { return }
  }

  /// Gives the body of the answer to `hop` to `receive`, piece by piece.
  /// - Throws: ``FetchFailure`` when it does not come whole, and what `receive` throws.
  func read(
    _ response: HTTPClientResponse, to hop: Hop,
    _ receive: (ByteBuffer) throws(FetchFailure) -> Void
  ) async throws(FetchFailure) {
    do {
      for try await piece in response.body { try receive(piece) }
    } catch let failure as FetchFailure { throw failure } catch {
      // Where there is no body, the decoder misses the end of a packed one.
      guard !response.isBodiless(to: hop.method) else { return }
      throw Self.failure(error, hop.url)
    }
  }

  private static func failure(_ error: any Error, _ url: FetchURL) -> FetchFailure {
    .network("\(url.origin): \(reason(error))")
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError where isAboutTime(error): "no answer in time (--timeout)"
    case let error as HTTPClientError: error.shortDescription
    case let error as NIOConnectionError:
      error.connectionErrors.last.map { reason($0.error) } ?? "this host has no address"
    case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
    case is NIOSSLError, is NIOSSLExtraError:
      "no TLS connection: \(Terminal.sanitized("\(error)", limit: 300))"
    default: Terminal.sanitized("\(error)", limit: 300)
    }
  }

  private static func isAboutTime(_ error: HTTPClientError) -> Bool {
    [
      .readTimeout, .writeTimeout, .connectTimeout, .tlsHandshakeTimeout, .deadlineExceeded,
      .getConnectionFromPoolTimeout,
    ].contains(error)
  }
}

extension Hop {
  /// Whether it may be sent twice without being asked for (RFC 9110 §9.2.1).
  fileprivate var isSafe: Bool { method == .GET || method == .HEAD || method == .OPTIONS }
}

extension HTTPClientResponse {
  /// Whether an answer to `method` has no body (RFC 9110 §6.4.1), or an empty one.
  fileprivate func isBodiless(to method: HTTPMethod) -> Bool {
    method == .HEAD || status == .noContent || status == .notModified
      || headers.first(name: "content-length") == "0"
  }
}
