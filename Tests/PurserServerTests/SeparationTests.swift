import PurserServer
import Testing

@Suite struct SeparationTests {
  @Test(
    arguments: [
      (0o600, nil, [10]), (0o660, nil, [10, 30]), (0o660, 200, [10, 20]), (0o060, 200, [20]),
      (0o060, nil, [30]), (0o066, 200, [20, 30, 40]), (0o666, 200, [10, 20, 30, 40]),
      (0o006, 200, [30, 40]), (0o006, nil, [20, 40]), (0o200, nil, [10]), (0o444, nil, []),
      // Its group counts before all others do.
      (0o606, 200, [10, 30, 40]),
    ] as [(UInt32, UInt32?, [UInt32])])
  func `those whom the kernel would let in are found`(
    mode: UInt32, group: UInt32?, users: [UInt32]
  ) {
    // 10 owns the socket, 20 is in group 200, 30 in the owner's group, and nobody knows 40.
    let check = SeparationCheck(owner: 10, ownerGroup: 100) { user in
      [10: [100], 20: [20, 200], 30: [100]][user] ?? []
    }
    let access = SocketAccess(groupID: group, mode: mode)
    #expect(check.users(of: [0, 10, 20, 30, 40], letInBy: access) == users)
  }

  @Test(
    arguments: [
      ([:], nil, nil), (["LISTEN_FDS": "1"], nil, nil),
      // Meant for whoever started this process.
      (["LISTEN_FDS": "1", "LISTEN_PID": "6", "LISTEN_FDNAMES": "agents"], nil, nil),
      (["LISTEN_FDS": "1", "LISTEN_PID": "7", "LISTEN_FDNAMES": "agents"], 3, nil),
      (["LISTEN_FDS": "1", "LISTEN_PID": "7", "LISTEN_FDNAMES": "operators"], nil, 3),
      (["LISTEN_FDS": "2", "LISTEN_PID": "7", "LISTEN_FDNAMES": "operators:agents"], 4, 3),
    ] as [([String: String], Int32?, Int32?)])
  func `sockets of a service manager go by their names`(
    environment: [String: String], agents: Int32?, operators: Int32?
  ) throws {
    let sockets = try ActivatedSockets(environment: environment, processID: 7)
    #expect(sockets.agents == agents && sockets.operators == operators)
  }

  @Test(arguments: [
    ("1", ""), ("1", "purser.socket"), ("2", "agents:agents"), ("2", "agents"), ("0", ""),
    ("3", "agents:operators:agents"), ("-1", "agents"), ("x", "agents"), ("1", "agents:operators"),
  ])
  func `sockets that cannot be told apart are refused`(count: String, names: String) {
    let environment = ["LISTEN_FDS": count, "LISTEN_PID": "7", "LISTEN_FDNAMES": names]
    #expect(throws: SocketError.self) {
      try ActivatedSockets(environment: environment, processID: 7)
    }
    #expect(throws: SocketError.self) { try ActivatedSockets.owner(of: -1) }
  }

  @Test func `the groups of this machine's users are found`() {
    #expect(SeparationCheck.groups(ofUser: 0).contains(0))
    #expect(SeparationCheck.groups(ofUser: 4_000_000_000).isEmpty)
  }
}
