import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import PurserLedger
import Testing

extension EndToEnd {
  /// `purser key` and the daemon killed in the middle of it.
  @Suite struct KeyKillingTests {
    @Test func `a rotation killed at any moment leaves keys that work`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        _ = try installation.startDaemon()
        let token = try installation.grant(.init("top", spend: 1_000_000)).token
        // Later and later, up to beyond its end.
        for delay in stride(from: 0.0, to: 0.06, by: 0.004) {
          let program = try ChildProcess(
            "purser", ["key", "rotate", "--config", installation.configurationFile],
            log: "\(installation.directory)/killed.log")
          Thread.sleep(forTimeInterval: delay)
          program.kill()
          let keys = try installation.masterKeys()
          let numbers: [UInt64] = keys.keys.sorted()
          let expected: [UInt64] = keys.indices.enumerated().map { UInt64($0.offset) + 1 }
          try check(numbers == expected, "\(numbers)")
          try installation.purserHere("key", "reload")
          _ = try installation.agent(token).call(SpendCharge.self, .init(amountMsat: .one))
        }
        try installation.purserHere("key", "rotate")
        let left = try FileManager.default.contentsOfDirectory(
          atPath: "\(installation.directory)/h")
        try check(!left.contains { $0.hasSuffix(".new") }, "\(left)")
        try Books(installation).verify()
      }
    }

    /// Each commit of a retirement: the steps of sealing anew, then the event of the reload.
    @Test func `a daemon killed at any commit of a retirement loses no sealed record`()
      async throws
    {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        try Self.sealAnswers(installation)
        let layer = try FaultLayer(installation)
        var killed = 0
        for skip in 0..<3 as Range<UInt64> {
          killed += try Self.retire(installation, layer, skip: skip, .killBefore)
          killed += try Self.retire(installation, layer, skip: skip, .killAfter)
        }
        try check(killed >= 3, "it was killed \(killed) times")
        _ = try installation.startDaemon()
        if try installation.masterKeys()[1] != nil {
          try installation.purserHere("key", "retire", "1", "--yes")
        }
        let keys = try installation.operatorConnection().call(KeyList.self, NoParameters()).keys
        try check(keys.map(\.number) == [2] && keys[0].records == 300, "\(keys)")
      }
    }

    private static let answers = 300

    /// Has the daemon keep sealed answers, and rotates.
    private static func sealAnswers(_ installation: Installation) throws {
      let daemon = try installation.startDaemon()
      let operators = try installation.operatorConnection()
      for number in 0..<answers { _ = try askAgain(operators, number) }
      try installation.purserHere("key", "rotate")
      daemon.kill()
    }

    /// The token of a grant that is made once, and then repeated from the sealed answer.
    private static func askAgain(_ operators: PurserConnection, _ number: Int) throws -> String {
      let options = CallOptions(token: nil, idempotencyKey: "grant \(number)")
      return try operators.call(GrantCreate.self, .init("g", spend: 5), options: options).token
    }

    /// - Returns: 1 when the daemon was killed, else 0.
    private static func retire(
      _ installation: Installation, _ layer: FaultLayer, skip: UInt64, _ action: FaultAction
    ) throws -> Int {
      let daemon = try installation.startDaemon(environment: layer.environment)
      try layer.control.arm([FaultStep(calls: .logSync, skip: skip, action: action)])
      let program = try ChildProcess(
        "purser", ["key", "retire", "1", "--yes", "--config", installation.configurationFile],
        log: "\(installation.directory)/retire.log")
      let status = try program.waitForExit(seconds: 60)
      try layer.control.disarm()
      daemon.kill()
      try checkAnswers(installation)
      return status == 0 ? 0 : 1
    }

    /// Every sealed answer opens with the keys in the file.
    private static func checkAnswers(_ installation: Installation) throws {
      let daemon = try installation.startDaemon()
      let operators = try installation.operatorConnection()
      let isRetired = try installation.masterKeys()[1] == nil
      for number in stride(from: 0, to: answers, by: 7) {
        // One that opens and holds a token of the retired key is refused for that.
        let refusal = try BadChallengeTests.refusal { _ = try askAgain(operators, number) }
        try check(
          refusal == nil || isRetired && refusal?.reason == "unauthenticated",
          "\(String(describing: refusal))")
      }
      try Books(installation).verify()
      daemon.kill()
    }
  }
}
