internal import PurserCore

/// What `token inspect` prints.
struct TokenReport: Encodable {
  private struct Level: Encodable {
    /// What opened it; nil for the top level.
    let grant: String?
    let caveats: [String]
  }

  /// Always false: only the daemon has the keys.
  private let verified = false
  private let keyID: UInt64?
  private let topNode: NodeID?
  private let levels: [Level]
  private let validUntil: UInt64?
  private let expired: Bool
  private let faults: [String]

  private enum CodingKeys: String, CodingKey {
    case verified, levels, expired, faults
    case keyID = "key_id"
    case topNode = "top_node"
    case validUntil = "valid_until"
  }

  /// The report of `token` at `now`, in Unix seconds.
  init(_ token: UnverifiedToken, now: UInt64) {
    keyID = token.identifier?.keyID
    topNode = token.identifier?.grantID
    levels = token.levels.map { Level(grant: $0.opening, caveats: $0.caveats.map(\.text)) }
    validUntil = token.validUntilSeconds
    expired = token.validUntilSeconds.map { now >= $0 } ?? false
    faults = token.faults
  }

  /// The report for people.
  static func lines(_ token: UnverifiedToken, now: UInt64) -> [String] {
    var lines = ["not verified: only the daemon can tell whether this token is genuine"]
    lines += token.faults.map { "every daemon refuses it: \($0)" }
    if let end = token.validUntilSeconds, now >= end {
      lines.append("it has expired, by this machine's clock")
    }
    for (index, level) in token.levels.enumerated() {
      lines.append(heading(of: level, number: index, in: token))
      lines += level.caveats.map { "  \($0.text)\($0.meaning.flatMap(explained) ?? "")" }
      if level.caveats.isEmpty { lines.append("  no caveats of its own") }
    }
    return lines
  }

  private static func heading(
    of level: UnverifiedToken.Level, number: Int, in token: UnverifiedToken
  ) -> String {
    if let opening = level.opening { return "level \(number), opened by grant=\(opening)" }
    guard let identifier = token.identifier else { return "level 0" }
    return "level 0, grant \(identifier.grantID.hex), key \(identifier.keyID)"
  }

  /// What a number means to people.
  private static func explained(_ caveat: GrantCaveat) -> String? {
    switch caveat {
    case .spend(let amount), .payment(let amount): "  (\(amount))"
    case .validUntil(let seconds): "  (\(TimeText.utc(seconds: seconds)))"
    case .services([]): "  (none)"
    case .capabilities(_, []): "  (none)"
    default: nil
    }
  }
}
