internal import Foundation
internal import PurserAPI
internal import PurserClient
internal import PurserCore

/// The daemon's memory in use, in bytes.
struct MemoryMeasurement {
  static let grants = 10_000
  static let connections = 1_000
  /// Fewer than the daemon's bound on the connections of one process.
  private static let connectionsOfProcess = 250

  let afterStart: Int
  let withGrants: Int
  let withGrantsAndConnections: Int

  /// Fills a fresh daemon through its API.
  init(_ daemon: DaemonUnderTest) throws {
    afterStart = try ProcessMemory.resident(daemon.child.processID)
    Progress.say("memory: making \(Self.grants) grants")
    let token = try Self.makeGrants(daemon)
    withGrants = try ProcessMemory.resident(daemon.child.processID)
    Progress.say("memory: opening \(Self.connections) connections")
    let tokenFile = daemon.directory + "/token"
    try token.write(toFile: tokenFile, atomically: true, encoding: .utf8)
    var holders: [Child] = []
    defer { for holder in holders { holder.stop() } }
    for number in 0..<Self.connections / Self.connectionsOfProcess {
      let log = daemon.directory + "/holder-\(number).log"
      let holder = try Child(
        CommandLine.arguments[0],
        [
          "hold-connections", daemon.agentSocket, tokenFile, "\(Self.connectionsOfProcess)",
        ], logFile: log)
      holders.append(holder)
      try holder.wait("its connections") {
        (try? String(contentsOfFile: log, encoding: .utf8))?.contains("ready") ?? false
      }
    }
    withGrantsAndConnections = try ProcessMemory.resident(daemon.child.processID)
    let verified = try daemon.operatorConnection().call(LedgerVerify.self, NoParameters())
    try require(
      verified.ok && verified.nodes == Self.grants, "there are \(verified.nodes) grants")
  }

  /// Makes a top, some grants below it and the rest below those; gives the token of one.
  private static func makeGrants(_ daemon: DaemonUnderTest) throws -> String {
    let tree = try GrantTreeOfThree(leaves: 1, on: daemon)
    var calls = try PipelinedCalls(path: daemon.agentSocket)
    for number in 0..<grants - 2 - GrantTreeOfThree.middles {
      let parent = tree.middleTokens[number % tree.middleTokens.count]
      try calls.call(
        "grant.create",
        #""name":"worker \#(number)","spend_msat":1000000,"token":"\#(parent)""#)
    }
    try calls.finish()
    return tree.tokens[0]
  }
}

/// What the kernel says of a process's memory.
enum ProcessMemory {
  /// The bytes in memory, shared pages included: `VmRSS` of proc(5).
  static func resident(_ processID: Int32) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let words = (line ?? "").split { $0 == " " || $0 == "\t" }
    guard words.count == 3, let kibibytes = Int(words[1]) else {
      throw BenchError("process \(processID) does not say what memory it uses")
    }
    return kibibytes * 1024
  }
}
