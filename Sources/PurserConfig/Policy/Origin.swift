internal import Glibc

/// `scheme://host[:port]` of a server, in one spelling.
///
/// Plain HTTP would show a token and its preimage to everybody on the way, so it is taken for
/// hosts of the loopback range alone.
struct Origin: Equatable {
  let text: String

  /// The origin that `text` spells; nil when it has anything besides scheme, host and port.
  init?(_ text: String) {
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, text.utf8.count <= 512, let scheme = Scheme(rawValue: String(parts[0]))
    else { return nil }
    guard let (host, port) = Self.hostAndPort(parts[1]) else { return nil }
    guard let host = Host(host), scheme == .https || host.isLoopback else { return nil }
    let suffix = port.map { $0 == scheme.defaultPort ? "" : ":\($0)" } ?? ""
    self.text = "\(scheme.rawValue)://\(host.text)\(suffix)"
  }

  private enum Scheme: String {
    case http
    case https

    var defaultPort: UInt16 { self == .http ? 80 : 443 }
  }

  private static func hostAndPort(_ text: Substring) -> (host: Substring, port: UInt16?)? {
    // The colon of a port comes after the bracket of an IPv6 address.
    let end = text.first == "[" ? text.firstIndex(of: "]") ?? text.startIndex : text.startIndex
    guard let colon = text[end...].firstIndex(of: ":") else { return (text, nil) }
    let digits = text[colon...].dropFirst()
    guard digits.utf8.count <= 5, let number = Decimal.parse(digits),
      let port = UInt16(exactly: number), port > 0
    else { return nil }
    return (text[..<colon], port)
  }
}

/// A host's name or address.
private struct Host {
  let text: String
  let isLoopback: Bool

  init?(_ host: Substring) {
    text = host.lowercased()
    if text.hasPrefix("[") {
      guard text.hasSuffix("]"), let address = Self.ipv6(String(text.dropFirst().dropLast()))
      else { return nil }
      isLoopback = address == [UInt8](repeating: 0, count: 15) + [1]
      return
    }
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard text.utf8.count <= 253, labels.allSatisfy(Self.isLabel), let last = labels.last else {
      return nil
    }
    // A last label of digits is an address to some programs and a name to others: only the plain
    // spelling of an IPv4 address is the same to all.
    guard last.first?.isNumber != true else {
      let numbers = labels.compactMap { Decimal.parse($0) }.filter { $0 <= 255 }
      guard labels.count == 4, numbers.count == 4 else { return nil }
      isLoopback = numbers.first == 127
      return
    }
    isLoopback = text == "localhost" || text.hasSuffix(".localhost")
  }

  private static func isLabel(_ label: Substring) -> Bool {
    (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
      && label.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
      }
  }

  private static func ipv6(_ text: String) -> [UInt8]? {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
    return withUnsafeBytes(of: &address) { Array($0) }
  }
}

extension ValueKind where Value == String {
  /// The origin of a server.
  static var origin: ValueKind {
    ValueKind(
      expected: "https://HOST or https://HOST:PORT with nothing after it "
        + "(http:// only for localhost, 127.0.0.1 and [::1])"
    ) { Origin($0)?.text }
  }

  /// The path on a server, with a query perhaps.
  static var challengePath: ValueKind {
    ValueKind(expected: "a path on the server such as /data, without spaces, `..`, `//` and #") {
      text in
      let bytes = Array(text.utf8)
      let path = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
      let isPath =
        bytes.count <= 1024 && text.hasPrefix("/") && !path.contains("//")
        && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7f } && !text.contains("#")
        && !text.contains("\\") && !path.split(separator: "/").contains(where: isDots)
      return isPath ? text : nil
    }
  }

  /// Whether a server may take a part of a path for `.` or `..`.
  private static func isDots(_ part: Substring) -> Bool {
    let dots = part.lowercased().split(separator: "%2e", omittingEmptySubsequences: false)
      .joined(separator: ".")
    return dots == "." || dots == ".."
  }
}
