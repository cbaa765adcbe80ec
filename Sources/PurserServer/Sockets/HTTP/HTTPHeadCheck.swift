internal import NIOHTTP1

/// Whether the head of a request is one for the API: checked before any of its body is read.
///
/// The sockets are for programs of this machine. What a browser sends, or what was meant for
/// another host, is refused, so that no web page can act through a proxy to them.
struct HTTPHeadCheck {
  /// The longest body, in bytes.
  let longestBody: Int

  /// The token of the `Authorization` header; nil when there is none.
  /// - Throws: ``HTTPRefusal``.
  func token(in head: HTTPRequestHead) throws(HTTPRefusal) -> [UInt8]? {
    guard head.version == .http1_1 || head.version == .http1_0 else {
      throw HTTPRefusal(.httpVersionNotSupported, "speak HTTP/1.1")
    }
    try checkTarget(head)
    try checkSender(head)
    try checkBody(head.headers)
    return try bearer(in: head.headers)
  }

  private func checkTarget(_ head: HTTPRequestHead) throws(HTTPRefusal) {
    guard head.method == .POST else {
      throw HTTPRefusal(
        .methodNotAllowed, "requests are sent with POST", headers: [("Allow", "POST")])
    }
    guard head.uri == "/" else { throw HTTPRefusal(.notFound, "there is nothing but /") }
    guard !head.headers.contains(name: "Upgrade") else {
      throw HTTPRefusal(.badRequest, "nothing can be upgraded to here")
    }
  }

  private func checkSender(_ head: HTTPRequestHead) throws(HTTPRefusal) {
    let hosts = head.headers["Host"]
    guard hosts.count == 1 || (hosts.isEmpty && head.version == .http1_0) else {
      throw HTTPRefusal(.badRequest, "a request has one Host header")
    }
    guard hosts.allSatisfy(Self.isLocal) else {
      throw HTTPRefusal(.forbidden, "the only host here is localhost")
    }
    let isOfBrowser = head.headers.contains { name, _ in
      let name = name.lowercased()
      return name == "origin" || name.hasPrefix("sec-fetch-")
    }
    guard !isOfBrowser else { throw HTTPRefusal(.forbidden, "browsers are not served") }
  }

  private static func isLocal(_ host: String) -> Bool {
    let parts = host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.first?.lowercased() == "localhost"
      && (parts.count == 1 || UInt16(parts[1]) != nil)
  }

  /// What bodies may say that they are.
  ///
  /// A form is what curl says of any data that it is given, and
  /// means nothing: JSON is what is read.
  private static let contentTypes: Set<String> = [
    "application/json", "application/json-rpc", "application/x-www-form-urlencoded",
  ]

  private func checkBody(_ headers: HTTPHeaders) throws(HTTPRefusal) {
    let codings = headers["Transfer-Encoding"]
    // The parser takes no request with both, nor with two lengths; should it ever, this does not.
    let lengths = headers["Content-Length"]
    guard codings.isEmpty || (codings.count == 1 && lengths.isEmpty), lengths.count <= 1,
      codings.allSatisfy({ $0.lowercased() == "chunked" })
    else { throw .malformed }
    if let length = lengths.first {
      guard let length = UInt64(length) else { throw .malformed }
      guard length <= UInt64(longestBody) else { throw .tooLong(longestBody) }
    }
    for type in headers["Content-Type"] {
      let name = type.split(separator: ";").first?.trimmingSpaces.lowercased()
      guard Self.contentTypes.contains(name ?? "") else {
        throw HTTPRefusal(.unsupportedMediaType, "a body is application/json")
      }
    }
    guard headers["Content-Encoding"].allSatisfy({ $0.lowercased() == "identity" }) else {
      throw HTTPRefusal(.unsupportedMediaType, "a body is not compressed")
    }
    guard headers["Expect"].allSatisfy({ $0.lowercased() == "100-continue" }) else {
      throw HTTPRefusal(.expectationFailed, "nothing is known but 100-continue")
    }
  }

  private func bearer(in headers: HTTPHeaders) throws(HTTPRefusal) -> [UInt8]? {
    let values = headers["Authorization"]
    guard let value = values.first else { return nil }
    let parts = value.split(separator: " ", omittingEmptySubsequences: true)
    guard values.count == 1, parts.count == 2, parts[0].lowercased() == "bearer" else {
      throw HTTPRefusal(
        .unauthorized, "authorize with one header: Authorization: Bearer and the grant token",
        headers: [("WWW-Authenticate", "Bearer")])
    }
    return Array(parts[1].utf8)
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = self
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
