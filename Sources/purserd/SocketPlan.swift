internal import Glibc
internal import PurserConfig
internal import PurserServer

/// The sockets as the configuration wants them, with its names looked up on this machine.
struct SocketPlan {
  let settings: SocketSettings

  /// - Throws: ``StartError`` when a group is not known, or when agents and operators must be kept
  ///   apart and would not be.
  init(
    _ configuration: Configuration, activated: ActivatedSockets, ownUser: UInt32, ownGroup: UInt32
  ) throws {
    let operators = configuration.operatorUserIDs ?? [ownUser]
    var settings = SocketSettings(
      agentsPath: configuration.agentSocket, operatorsPath: configuration.operatorSocket,
      operatorUserIDs: operators, connections: Int(configuration.connections.ofSocket),
      connectionsOfProcess: Int(configuration.connections.ofProcess))
    settings.agentsAccess = SocketAccess(
      groupID: try Self.groupID(configuration.agentAccess.group),
      mode: configuration.agentAccess.effectiveMode(configuration.separation))
    settings.operatorsAccess = SocketAccess(
      groupID: try Self.groupID(configuration.operatorAccess.group),
      mode: configuration.operatorAccess.effectiveMode(.none))
    settings.activated = activated
    var owner = ownUser
    if let agents = activated.agents {
      (owner, settings.agentsAccess) = try ActivatedSockets.owner(of: agents)
    }
    if let operators = activated.operators {
      (_, settings.operatorsAccess) = try ActivatedSockets.owner(of: operators)
    }
    if configuration.separation == .required {
      settings.usersThatAreNoAgents = operators.union([ownUser])
      let check = SeparationCheck(owner: owner, ownerGroup: ownGroup)
      try Self.refuse(
        check.users(of: settings.usersThatAreNoAgents, letInBy: settings.agentsAccess))
    }
    self.settings = settings
  }

  private static func refuse(_ users: [UInt32]) throws {
    guard !users.isEmpty else { return }
    let list = users.map { "\($0)" }.joined(separator: ", ")
    throw StartError(
      description: """
        separation: required, but the agents' socket would let in uid \(list), an operator or the \
        daemon's own; give it to a group of the agents alone (sockets.agents: {group: …}, without \
        a mode, or with mode: 0060), or set separation: none
        """)
  }

  /// The number of a group that the configuration names.
  private static func groupID(_ name: String?) throws -> UInt32? {
    guard let name else { return nil }
    if let number = UInt32(name), number != .max { return number }
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 65_536)
    guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else {
      throw StartError(
        description: "no group is named '\(name)' on this machine; make it, or name another")
    }
    return entry.gr_gid
  }
}
