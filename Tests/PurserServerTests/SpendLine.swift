import Foundation
import PurserAPI
import PurserCore
import PurserTesting

@testable import PurserServer

/// Lines that spend, and what is in their answers.
enum SpendLine {
  /// A request with these members of `params`, and a token if there is one.
  static func request(
    _ method: String, _ parameters: String, id: String? = "1", token: GrantToken? = nil
  ) -> String {
    let id = id.map { #""id":\#($0),"# } ?? ""
    let token = token.map { #","token":"\#($0.text)""# } ?? ""
    return
      #"{"jsonrpc":"2.0",\#(id)"method":"spend.\#(method)","params":{\#(parameters)\#(token)}}"#
  }

  static func reserve(_ amount: Int, id: String? = "1", token: GrantToken) -> String {
    request("reserve", #""amount_msat":\#(amount)"#, id: id, token: token) + "\n"
  }

  static func hold(in answer: String) -> String {
    answer.firstMatch(of: /"hold":"([0-9a-f]{32})"/).map { String($0.1) } ?? ""
  }

  /// Over one connection, the answers to `lines`, one after the other.
  static func answers(_ daemon: TestDaemon, _ lines: [String]) async throws -> [String] {
    let path = daemon.agentsPath
    return try await blocking {
      let client = try RawClient(path)
      return lines.map { line in
        client.send(line + "\n")
        return client.lines(1).first ?? ""
      }
    }
  }
}

extension String {
  var trimmed: String { trimmingCharacters(in: .newlines) }
}
