/// A URL as it is fetched: an origin in the one spelling that the policy uses, and what follows it.
struct FetchURL: Equatable {
  /// `scheme://host[:port]`, in lower case, without the scheme's own port.
  let origin: String
  /// The path and the query; it begins with `/`.
  let target: String

  /// What is asked for.
  var text: String { origin + target }
  /// The path alone.
  var path: Substring { target.prefix { $0 != "?" } }

  /// The longest URL that is read, in bytes.
  private static let longest = 8192

  private init(origin: String, target: String) {
    self.origin = origin
    self.target = target
  }

  /// Reads an absolute URL; nil when it is none of `http` and `https`, has a user in it, or has a
  /// character that a URL does not have (RFC 3986 §2).
  ///
  /// Strict, because another reader of the same text must not see another host in it.
  init?(_ text: String) {
    guard text.utf8.count <= Self.longest, text.utf8.allSatisfy(Self.isAllowed),
      let mark = text.firstRange(of: "://")
    else { return nil }
    let scheme = text[..<mark.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = text[mark.upperBound...].prefix { $0 != "#" }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    guard let authority = Self.authority(rest[..<end], scheme: scheme) else { return nil }
    let tail = String(rest[end...])
    self.init(
      origin: "\(scheme)://\(authority)", target: tail.hasPrefix("/") ? tail : "/" + tail)
  }

  /// The URL that a `Location` means when this one answered with it (RFC 3986 §5.2); nil when it is
  /// none that is followed.
  func resolving(_ reference: String) -> FetchURL? {
    let reference = reference.prefix { $0 != "#" }
    guard reference.utf8.count <= Self.longest, reference.utf8.allSatisfy(Self.isAllowed) else {
      return nil
    }
    if reference.hasPrefix("//") {
      return FetchURL("\(origin.prefix { $0 != "/" })\(reference)")
    }
    let head = reference.prefix { !"/?".contains($0) }
    if head.contains(":") { return FetchURL(String(reference)) }
    if reference.isEmpty { return self }
    if reference.hasPrefix("?") { return FetchURL(origin: origin, target: "\(path)\(reference)") }
    let folder = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
    let joined = reference.hasPrefix("/") ? String(reference) : "\(folder)\(reference)"
    let query = joined.drop { $0 != "?" }
    let place = joined.prefix { $0 != "?" }
    return FetchURL(origin: origin, target: Self.withoutDots(place) + query)
  }

  /// The name of a file to save it under, as `curl -O` takes it; nil where there is none.
  var fileName: String? {
    guard let name = path.split(separator: "/", omittingEmptySubsequences: false).last,
      !name.isEmpty, name != ".", name != ".."
    else { return nil }
    return String(name)
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7f && !#""<>\^`{|}"#.utf8.contains(byte)
  }

  private static func authority(_ text: Substring, scheme: String) -> String? {
    guard !text.contains("@") else { return nil }
    let bracket = text.hasPrefix("[") ? text.firstIndex(of: "]") : nil
    if text.hasPrefix("["), bracket == nil { return nil }
    let colon = text[(bracket ?? text.startIndex)...].firstIndex(of: ":")
    let host = text[..<(colon ?? text.endIndex)].lowercased()
    guard isHost(host) else { return nil }
    guard let colon else { return host }
    let digits = text[colon...].dropFirst()
    // An empty port is the scheme's own (RFC 3986 §3.2.3).
    guard !digits.isEmpty else { return host }
    guard digits.utf8.count <= 5, digits.allSatisfy({ ("0"..."9").contains($0) }),
      let port = UInt16(digits), port > 0
    else { return nil }
    return port == (scheme == "https" ? 443 : 80) ? host : "\(host):\(port)"
  }

  private static func isHost(_ host: String) -> Bool {
    if host.hasPrefix("[") {
      return host.hasSuffix("]") && host.utf8.count > 4
        && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }
    return (1...253).contains(host.utf8.count)
      && host.allSatisfy { $0.isLetter || $0.isNumber || "-._".contains($0) }
  }

  /// A path without its `.` and `..` (RFC 3986 §5.2.4).
  private static func withoutDots(_ path: some StringProtocol) -> String {
    var kept: [Substring] = []
    let parts = String(path).split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    for part in parts {
      switch part {
      case ".": continue
      case "..": _ = kept.popLast()
      default: kept.append(part)
      }
    }
    if let last = parts.last, last == "." || last == ".." { kept.append("") }
    return "/" + kept.joined(separator: "/")
  }
}
