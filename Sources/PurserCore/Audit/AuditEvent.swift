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

  /// Appends the actor as one canonical JSON object.
  func write(to output: inout CanonicalWriter) {
    output.write(raw: "{\"kind\":\"")
    output.write(raw: isOperator ? "operator" : node == nil ? "daemon" : "agent")
    output.write(byte: UInt8(ascii: "\""))
    if let node {
      output.write(raw: ",\"node\":")
      output.write(id: node.high, node.low)
    }
    if let peer {
      output.write(raw: ",\"pid\":")
      output.write(Int64(peer.processID))
      output.write(raw: ",\"uid\":")
      output.write(Int64(peer.userID))
    }
    output.write(byte: UInt8(ascii: "}"))
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
  public let details: AuditDetails

  /// An event; `details` must hold no secret.
  public init(
    action: String, actor: Actor, node: NodeID?, details: AuditDetails = [:]
  ) {
    self.action = action
    self.actor = actor
    self.node = node
    self.details = details
  }

  /// Appends the canonical text of the event at its place in the log: what is hashed and stored.
  ///
  /// The members are known, so they are written in the order of their names and never sorted.
  public func write(sequence: UInt64, at time: Timestamp, to output: inout CanonicalWriter) {
    output.write(raw: "{\"action\":")
    output.write(action)
    output.write(raw: ",\"actor\":")
    actor.write(to: &output)
    if !details.isEmpty {
      output.write(raw: ",\"details\":")
      details.write(to: &output)
    }
    if let node {
      output.write(raw: ",\"node\":")
      output.write(id: node.high, node.low)
    }
    output.write(raw: ",\"seq\":")
    output.write(Int64(clamping: sequence))
    output.write(raw: ",\"time_ms\":")
    output.write(Int64(clamping: time.milliseconds))
    output.write(byte: UInt8(ascii: "}"))
  }

  /// The canonical text of the event at its place in the log.
  public func text(sequence: UInt64, at time: Timestamp) -> String {
    var output = CanonicalWriter()
    write(sequence: sequence, at: time, to: &output)
    return output.text
  }
}
