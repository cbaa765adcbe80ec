internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import PurserCore

/// Requests to one LNbits server: bounded in time and size, and silent about keys.
struct LNbitsAPI: Sendable {
  /// The longest answer that is read, in bytes.
  static let maximumBodyLength = 1 << 20
  private static let maximumTextLength = 200

  private let base: String
  private let timeout: TimeAmount
  private let secrets: [String]

  /// One for the process: it keeps connections open, and never follows a redirect, which would
  /// carry the key elsewhere.
  private static let client = HTTPClient(
    eventLoopGroupProvider: .singleton,
    configuration: {
      var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
      configuration.httpVersion = .http1Only
      configuration.timeout.connect = .seconds(5)
      return configuration
    }())

  init(
    url: String, timeoutMilliseconds: UInt32, secrets: [String]
  ) throws(LNbitsConfigurationError) {
    guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
      parts.user == nil, parts.query == nil, parts.fragment == nil
    else { throw .badURL }
    guard scheme == "https" || Self.isPrivate(host) else { throw .plainHTTP }
    base = url.hasSuffix("/") ? String(url.dropLast()) : url
    timeout = .milliseconds(Int64(timeoutMilliseconds))
    self.secrets = secrets
  }

  /// Whether `key` fits in a header.
  static func isKey(_ key: String) -> Bool {
    (1...256).contains(key.utf8.count) && key.utf8.allSatisfy { (0x21...0x7e).contains($0) }
  }

  func get(_ path: String, key: String) async throws(WalletError) -> LNbitsAnswer {
    try await send(request(.GET, path, key: key))
  }

  func post(
    _ path: String, _ body: some Encodable, key: String
  ) async throws(WalletError) -> LNbitsAnswer {
    var request = request(.POST, path, key: key)
    do {
      request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
    } catch {
      throw .unexpected("the request cannot be written")
    }
    request.headers.add(name: "Content-Type", value: "application/json")
    return try await send(request)
  }

  /// Text from outside, made fit for a log: no keys, no control or bidirectional characters, not
  /// long.
  func cleaned(_ text: String) -> String {
    var text = text
    for secret in secrets { text = text.replacing(secret, with: "[key]") }
    let scalars = text.unicodeScalars.filter { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
      default: true
      }
    }
    return String(String.UnicodeScalarView(scalars.prefix(Self.maximumTextLength)))
  }

  private func request(_ method: HTTPMethod, _ path: String, key: String) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: "\(base)/api/v1/\(path)")
    request.method = method
    request.headers.add(name: "X-Api-Key", value: key)
    request.headers.add(name: "Accept", value: "application/json")
    return request
  }

  private func send(_ request: HTTPClientRequest) async throws(WalletError) -> LNbitsAnswer {
    do {
      // The deadline covers the body too.
      let response = try await Self.client.execute(request, timeout: timeout)
      let body = try await response.body.collect(upTo: Self.maximumBodyLength)
      return LNbitsAnswer(status: response.status.code, body: Array(body.readableBytesView))
    } catch let error as HTTPClientError where error == .deadlineExceeded {
      throw .unreachable("LNbits did not answer in time")
    } catch is NIOTooManyBytesError {
      throw .unexpected("LNbits answered with more than \(Self.maximumBodyLength) bytes")
    } catch {
      throw .unreachable("no answer from LNbits: \(cleaned(String(describing: error)))")
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
