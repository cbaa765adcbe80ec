/// How sure the daemon must be of who is on the other end of a socket.
public enum PeerCheck: String, Sendable, CaseIterable {
  /// The kernel vouches for the process itself (`SO_PEERPIDFD`, Linux 6.5).
  case strong
  /// Its number and its start are enough, where the kernel offers no more.
  case weak
}

/// The process on the other end of a socket, as far as it is known.
public struct PeerIdentity: Sendable, Equatable {
  /// Its number, user and group, as the kernel noted them when it connected.
  public let process: PeerProcess
  /// Which process it is; nil when that is not to be found out, or it has ended.
  public var stamp: ProcessStamp?
  /// Its place among the control groups; nil when that is not to be found out.
  public var cgroup: ControlGroup?
  /// Whether the kernel vouches that what is known beyond `process` is about that process, and not
  /// about a later one of the same number.
  public var isVouched: Bool

  /// A peer of which nothing is known but what the kernel noted.
  public init(
    _ process: PeerProcess, stamp: ProcessStamp? = nil, cgroup: ControlGroup? = nil,
    isVouched: Bool = false
  ) {
    self.process = process
    self.stamp = stamp
    self.cgroup = cgroup
    self.isVouched = isVouched
  }
}

extension PeerBinding {
  /// Whether the user and group of a process decide it; else more must be known of the process.
  public var asksForCredentialsAlone: Bool {
    switch self {
    case .user, .group: true
    case .process, .cgroup: false
    }
  }

  /// Whether the place of a process among the control groups decides it.
  public var asksForControlGroup: Bool {
    if case .cgroup = self { true } else { false }
  }
}

extension PeerIdentity {
  /// Why a token with these bindings is refused from this process; nil when all of them fit.
  ///
  /// What is not known does not fit.
  public func refusal(of bindings: [PeerBinding], check: PeerCheck) -> Refusal? {
    // Of processes that have no number here, one could speak for another of the same user.
    if let binding = bindings.first, process.processID <= 0, check == .strong {
      return .forbidden(
        rule: "caveat:peer",
        explanation: """
          the token is bound to \(binding.text), and the process that connected is in a pid \
          namespace that the daemon does not see; the policy's limits.peer_check: weak accepts its \
          user and group
          """)
    }
    for binding in bindings {
      guard let fault = fault(of: binding, check: check) else { continue }
      return .forbidden(
        rule: "caveat:peer", explanation: "the token is bound to \(binding.text), \(fault)")
    }
    return nil
  }

  /// What speaks against a binding, to follow its name; nil when it fits.
  private func fault(of binding: PeerBinding, check: PeerCheck) -> String? {
    switch binding {
    case .user(let id):
      guard id != process.userID else { return nil }
      return "and the process that connected has uid=\(process.userID)"
    case .group(let id):
      guard id != process.groupID else { return nil }
      return "and the process that connected has gid=\(process.groupID)"
    case .process(let bound):
      guard let stamp else { return Self.notFoundOut }
      guard stamp == bound else {
        return "and the process that connected is pid=\(stamp.text)"
      }
    case .cgroup(let bound):
      guard let cgroup else { return Self.notFoundOut }
      guard bound.contains(cgroup) else {
        return "and the process that connected is in cgroup=\(cgroup.path)"
      }
    }
    guard isVouched || check == .weak else {
      return """
        and this kernel vouches for no process (SO_PEERPIDFD, Linux 6.5); the policy's \
        limits.peer_check: weak accepts what it does say
        """
    }
    return nil
  }

  private static let notFoundOut =
    "and it could not be found out whether the process that connected is: it has ended, or /proc "
    + "does not show it"
}
