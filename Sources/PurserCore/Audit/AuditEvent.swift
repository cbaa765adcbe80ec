internal import LibCrypto

/// Who asked for a change.
public struct Actor: Sendable, Equatable {
  /// The node that the presented token acts at; nil for an operator and for the daemon itself.
  public let node: NodeID?
  /// Whether it came over the operators' socket.
  public let isOperator: Bool
  /// The process on the other end of the socket, from the kernel; nil for the daemon itself.
  public let peer: PeerProcess?

  /// An agent acting at `node`.
  public static func agent(_ node: NodeID, peer: PeerProcess?) -> Actor {
    Actor(node: node, isOperator: false, peer: peer)
  }

  /// Someone on the operators' socket.
  public static func operatorUser(peer: PeerProcess?) -> Actor {
    Actor(node: nil, isOperator: true, peer: peer)
  }

  /// The daemon itself: timers and recovery.
  public static let daemon = Actor(node: nil, isOperator: false, peer: nil)

  var json: CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "kind": .string(isOperator ? "operator" : node == nil ? "daemon" : "agent")
    ]
    if let node { members["node"] = .string(node.hex) }
    if let peer {
      members["pid"] = .integer(Int64(peer.processID))
      members["uid"] = .integer(Int64(peer.userID))
    }
    return .object(members)
  }
}

/// A process, as the kernel names it.
public struct PeerProcess: Sendable, Hashable {
  /// Its process id.
  public let processID: Int32
  /// Its user id.
  public let userID: UInt32
  /// Its group id.
  public let groupID: UInt32

  /// The process with these ids.
  public init(processID: Int32, userID: UInt32, groupID: UInt32) {
    self.processID = processID
    self.userID = userID
    self.groupID = groupID
  }
}

/// One entry of the audit log, before it has a place in the chain.
public struct AuditEvent: Sendable, Equatable {
  /// What was done, such as `spend.reserve`.
  public let action: String
  /// Who asked.
  public let actor: Actor
  /// The node it was done to or at; nil where there is none.
  public let node: NodeID?
  /// Amounts, ids, and the reason of a refusal.
  ///
  /// Never a secret.
  public let details: [String: CanonicalJSON]

  /// An event; `details` must hold no secret.
  public init(
    action: String, actor: Actor, node: NodeID?, details: [String: CanonicalJSON] = [:]
  ) {
    self.action = action
    self.actor = actor
    self.node = node
    self.details = details
  }

  /// The canonical text of the event at its place in the log: what is hashed and stored.
  public func text(sequence: UInt64, at time: Timestamp) -> String {
    var members: [String: CanonicalJSON] = [
      "action": .string(action), "actor": actor.json, "seq": .integer(Int64(sequence)),
      "time_ms": .integer(Int64(clamping: time.milliseconds)),
    ]
    if let node { members["node"] = .string(node.hex) }
    if !details.isEmpty { members["details"] = .object(details) }
    return CanonicalJSON.object(members).text
  }
}

/// The hash chain of the audit log.
public enum AuditChain {
  /// What the first event's hash follows: 32 zero bytes.
  public static let start = [UInt8](repeating: 0, count: 32)

  /// `SHA-256(previous ‖ canonical text)`.
  public static func hash(after previous: [UInt8], text: String) -> [UInt8] {
    var hash = SHA256()
    hash.update(previous)
    hash.update(Array(text.utf8))
    return hash.finalized()
  }
}
