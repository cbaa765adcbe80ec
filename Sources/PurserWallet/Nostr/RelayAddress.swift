internal import FoundationEssentials

/// Where a relay is: a WebSocket URL.
struct RelayAddress: Sendable, Hashable {
  /// As it was given.
  let text: String
  let isSecure: Bool
  let host: String
  let port: Int
  /// The path and the query.
  let target: String

  private static let maximumLength = 512

  /// The relay at `text`; nil when that is no `wss` or `ws` URL of a host.
  init?(_ text: String) {
    guard text.utf8.count <= Self.maximumLength, let parts = URLComponents(string: text),
      let scheme = parts.scheme?.lowercased(), ["wss", "ws"].contains(scheme),
      let host = parts.host, !host.isEmpty, parts.user == nil, parts.fragment == nil,
      text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return nil }
    isSecure = scheme == "wss"
    let port = parts.port ?? (isSecure ? 443 : 80)
    guard (1...65_535).contains(port) else { return nil }
    self.text = text
    self.port = port
    // An IPv6 address stands in brackets in a URL.
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
    target = path + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
  }

  /// What the header `Host` says.
  var hostHeader: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }

  /// The host when TLS can ask for it by name; nil for an address.
  var serverName: String? {
    let isAddress =
      host.contains(":") || host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
    return isAddress ? nil : host
  }
}
