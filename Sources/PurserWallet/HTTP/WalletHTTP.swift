internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import PurserCore

/// Requests to one wallet's server: bounded in time and size, and silent about credentials.
struct WalletHTTP: Sendable {
  /// The longest answer that is read unless a request says otherwise, in bytes.
  static let maximumBodyLength = 1 << 20

  /// The server's name in errors, such as `lnd`.
  let name: String
  /// What cleans text from outside.
  let text: WalletText

  private let base: String
  private let timeoutMilliseconds: UInt32
  private let pinned: PinnedCertificates?

  /// One for the process: it keeps connections open, and never follows a redirect, which would
  /// carry the credential elsewhere.
  private static let client = HTTPClient(
    eventLoopGroupProvider: .singleton,
    configuration: {
      var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
      configuration.httpVersion = .http1Only
      configuration.timeout.connect = .seconds(5)
      return configuration
    }())

  /// - Parameters:
  ///   - name: The server's name in errors.
  ///   - url: `https`, or `http` to this machine or to an onion service, because every request
  ///     carries a credential.
  ///   - certificates: PEM text whose certificates alone are trusted; nil for the system's.
  ///   - timeoutMilliseconds: How long one request may take, its body included.
  ///   - secrets: What is taken out of text that goes into errors.
  init(
    name: String, url: String, certificates: [UInt8]? = nil, timeoutMilliseconds: UInt32,
    secrets: [String]
  ) throws(WalletConfigurationError) {
    guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
      parts.user == nil, parts.query == nil, parts.fragment == nil
    else { throw .badURL }
    guard scheme == "https" || Self.isPrivate(host) else { throw .plainHTTP }
    guard certificates == nil || scheme == "https" else { throw .badCertificate }
    if let certificates { pinned = try PinnedCertificates(pem: certificates) } else { pinned = nil }
    self.name = name
    base = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.timeoutMilliseconds = timeoutMilliseconds
    text = WalletText(secrets: secrets)
  }

  /// Whether `key` fits in a header.
  static func isKey(_ key: String) -> Bool {
    (1...2048).contains(key.utf8.count) && key.utf8.allSatisfy { (0x21...0x7e).contains($0) }
  }

  func get(
    _ path: String, headers: KeyValuePairs<String, String>, upTo maximum: Int = maximumBodyLength
  ) async throws(WalletError) -> WalletAnswer {
    try await send(request(.GET, path, headers), upTo: maximum)
  }

  func post(
    _ path: String, _ body: RequestBody, headers: KeyValuePairs<String, String>,
    upTo maximum: Int = maximumBodyLength
  ) async throws(WalletError) -> WalletAnswer {
    try await send(request(.POST, path, headers, body), upTo: maximum)
  }

  /// Reads an answer line by line until `take` makes something of one, and then hangs up.
  ///
  /// The answer as a whole comes back instead when its status is not 200, and when it ends before.
  /// Without a body it is a GET.
  func stream<Value: Sendable>(
    _ path: String, _ body: RequestBody? = nil, headers: KeyValuePairs<String, String>,
    take: @escaping @Sendable ([UInt8]) -> Value?
  ) async throws(WalletError) -> StreamEnd<Value> {
    try await answering { () throws -> StreamEnd<Value> in
      let response = try await Self.client.execute(
        request(body == nil ? .GET : .POST, path, headers, body), timeout: .hours(1))
      guard response.status == .ok else {
        let body = try await response.body.collect(upTo: Self.maximumBodyLength)
        return .answer(
          WalletAnswer(status: response.status.code, body: Array(body.readableBytesView)))
      }
      var splitter = LineSplitter(maximumLength: Self.maximumBodyLength)
      for try await buffer in response.body {
        for line in try splitter.lines(adding: buffer.readableBytesView) {
          if let value = take(line) { return .taken(value) }
        }
      }
      if let value = take(splitter.last) { return .taken(value) }
      return .answer(WalletAnswer(status: 200, body: splitter.last))
    }
  }

  /// How a stream ended.
  enum StreamEnd<Value: Sendable>: Sendable {
    case taken(Value)
    case answer(WalletAnswer)
  }

  private func request(
    _ method: HTTPMethod, _ path: String, _ headers: KeyValuePairs<String, String>,
    _ body: RequestBody? = nil
  ) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: "\(base)/\(path)")
    request.method = method
    request.headers = HTTPHeaders(headers.map { ($0.key, $0.value) })
    request.headers.add(name: "Accept", value: "application/json")
    request.tlsConfiguration = pinned?.configuration
    if let body {
      request.headers.add(name: "Content-Type", value: body.contentType)
      request.body = .bytes(ByteBuffer(bytes: body.bytes))
    }
    return request
  }

  private func send(
    _ request: HTTPClientRequest, upTo maximum: Int
  ) async throws(WalletError) -> WalletAnswer {
    try await answering {
      let response = try await Self.client.execute(request, timeout: .hours(1))
      let body = try await response.body.collect(upTo: maximum)
      return WalletAnswer(status: response.status.code, body: Array(body.readableBytesView))
    }
  }

  /// The client's own timeout ends with the head of an answer; this one covers the body too.
  private func answering<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws(WalletError) -> Value {
    do {
      return try await within(milliseconds: timeoutMilliseconds, body)
    } catch is Late {
      throw .unreachable("\(name) did not answer in time")
    } catch is NIOTooManyBytesError {
      throw .unexpected("\(name) answered with more bytes than are read")
    } catch is LineSplitter.TooLong {
      throw .unexpected("\(name) answered with more bytes than are read")
    } catch  where pinned != nil && Self.isHandshakeFailure(error) {
      throw .unreachable(
        "\(name) does not show the certificate that is configured, or one for another host")
    } catch {
      throw .unreachable("no answer from \(name): \(text.cleaned(String(describing: error)))")
    }
  }

  private static func isHandshakeFailure(_ error: any Error) -> Bool {
    switch error {
    case is NIOSSLExtraError: true
    case let error as NIOSSLError:
      if case .handshakeFailed = error { true } else { false }
    default: false
    }
  }

  private static func isPrivate(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host == "[::1]" || host.hasSuffix(".onion")
      || isLoopbackIPv4(host)
  }

  private static func isLoopbackIPv4(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
