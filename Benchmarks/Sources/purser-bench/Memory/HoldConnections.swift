internal import ArgumentParser
internal import Foundation
internal import Glibc

/// Holds idle connections with a session each, for the bench that measures their memory.
struct HoldConnections: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold-connections", shouldDisplay: false)

  @Argument var socket: String
  @Argument var tokenFile: String
  @Argument var count: Int

  func run() throws {
    let token = try String(contentsOfFile: tokenFile, encoding: .utf8)
    var held: [PipelinedCalls] = []
    for _ in 0..<count {
      var connection = try PipelinedCalls(path: socket)
      try connection.call("session.open", #""token":"\#(token)""#)
      try connection.finish()
      held.append(connection)
    }
    Progress.say("ready")
    // Until the bench ends it.
    withExtendedLifetime(held) { _ = pause() }
  }
}
