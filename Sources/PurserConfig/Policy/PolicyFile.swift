public import PurserCore

/// `policy.yaml`: which services exist, and the ceilings that no grant can exceed.
public enum PolicyFile {
  /// The newest version of the format that is read.
  public static let version: UInt64 = 1
  /// The most services in one policy.
  public static let maximumServices = 4096

  /// The policy in the file at `path`.
  /// - Throws: ``ConfigError``; ``ConfigError/mistakes(_:omitted:)`` tells all that is wrong with
  ///   what stands in the file.
  public static func load(_ path: String) throws(ConfigError) -> Policy {
    try parse(try PlainFile.yaml(path), file: path)
  }

  /// The policy in `text`; `file` names it in mistakes.
  /// - Throws: ``ConfigError/mistakes(_:omitted:)``.
  public static func parse(_ text: String, file: String) throws(ConfigError) -> Policy {
    let log = MistakeLog(file: file)
    let policy = YAMLText.root(of: text, log: log)?.mapping { root in
      read(root)
    }
    return try log.finish(policy)
  }

  private static func read(_ root: Section) -> Policy? {
    guard root.checkVersion(newest: version) else { return nil }
    var policy = root["limits"]?.mapping(limits) ?? Policy()
    policy.services = services(root["services"]?.entries(maximum: maximumServices) ?? [])
    return policy
  }

  private static func limits(_ limits: Section) -> Policy {
    var policy = Policy()
    if let seconds = limits.optional("grant_lifetime", .duration) {
      policy.grantLifetimeSeconds = seconds
    }
    if let seconds = limits.optional("hold_lifetime", .duration) {
      policy.holdLifetimeSeconds = seconds
    }
    if let count = limits.optional("descendants", .number(1...1_000_000)) {
      policy.descendants = count
    }
    if let seconds = limits.optional("idempotency_lifetime", .duration) {
      policy.idempotencyLifetimeSeconds = seconds
    }
    if let seconds = limits.optional("stuck_after", .duration) {
      policy.stuckAfterSeconds = seconds
    }
    if let check = limits.optional("peer_check", ValueKind<PeerCheck>.choice) {
      policy.peerCheck = check
    }
    return policy
  }

  private static func services(_ entries: [Field.Entry]) -> [String: Service] {
    var services: [String: Service] = [:]
    var idsByLowercase: [String: String] = [:]
    for entry in entries {
      let id = entry.key
      if !ServiceName.isValid(id) {
        entry.keyField.report(.badValue(found: id, expected: ValueKind<String>.name.expected))
      }
      if let other = idsByLowercase.updateValue(id, forKey: id.lowercased()) {
        entry.keyField.report(.idLikeAnother(other))
      }
      services[id] = entry.field.mapping { section in ServiceSchema.read(id: id, section) }
    }
    return services
  }
}

extension Section {
  /// Whether the file's `version` is one that is read; else it is reported, and nothing besides.
  func checkVersion(newest: UInt64) -> Bool {
    guard let found = required("version", .number(1...9999)) else { return true }
    guard found != newest else { return true }
    self["version"]?.report(.unknownVersion(found: found, newest: newest))
    takeAnyKey()
    return false
  }
}
