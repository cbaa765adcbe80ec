internal import PurserAPI
internal import PurserClient
internal import PurserCore

/// Three levels, as a team has them: one top, some in the middle, one leaf for each connection.
struct GrantTreeOfThree {
  /// How many grants share the top.
  static let middles = 8

  private let daemon: DaemonUnderTest
  private let top: NodeID
  /// The tokens of the grants below the top.
  let middleTokens: [String]
  /// The leaves' tokens.
  let tokens: [String]

  init(leaves: Int, on daemon: DaemonUnderTest) throws {
    self.daemon = daemon
    let connection = try daemon.operatorConnection()
    func make(_ name: String, below token: String?) throws -> GrantCreate.Reply {
      var limits = GrantCreate.Parameters()
      limits.name = name
      limits.spendMsat = Msat(1_000_000_000_000)
      return try connection.call(GrantCreate.self, limits, options: CallOptions(token: token))
    }
    let top = try make("top", below: nil)
    let middles = try (0..<Self.middles).map { try make("middle \($0)", below: top.token).token }
    middleTokens = middles
    tokens = try (0..<leaves).map {
      try make("leaf \($0)", below: middles[$0 % Self.middles]).token
    }
    self.top = top.node
  }

  /// One run of the load, with the counters of the top checked against the answers.
  func run(_ shape: LoadShape, tokenIn place: JSONRPCWire.TokenPlace) throws -> LoadResult {
    let before = try books()
    var run = try LoadRun(
      JSONRPCWire(tokens: tokens, place: place), path: daemon.agentSocket, shape: shape,
      serverCPU: daemon.cpuSeconds)
    let result = try run.run()
    try result.check(before: before, after: books(), of: "purserd")
    return result
  }

  private func books() throws -> Books {
    let view = try daemon.operatorConnection().call(
      GrantGet.self, GrantGet.Parameters(node: top))
    return Books(settled: view.settledMsat.value, held: view.heldMsat.value)
  }
}
