import Foundation
import L402
import LibCrypto
import Macaroons
import PurserAPI
import PurserClient
import PurserCore
import Synchronization
import Testing

extension EndToEnd {
  /// Tokens, preimages and keys reach neither logs nor errors, nor the audit log, nor the database's
  /// pages, nor a command line.
  @Suite struct SecretTests {
    @Test func `the scanner finds a planted secret in each spelling, and nothing else`() {
      let secret = randomBytes(32)
      let scanner = SecretScanner(["planted": secret])
      for planted in [
        secret, Array(Hex.encode(secret).utf8), Array(Hex.encode(secret).uppercased().utf8),
        Array(Base64.encode(secret, .standard).utf8),
        Array(Base64.encode([1] + secret + [2], .standard).utf8),
        Array(Base64.encode([1, 2] + secret + [3], .urlUnpadded).utf8),
        Array(Base64.encode([1, 2, 3] + secret, .urlUnpadded).utf8),
      ] {
        let haystack = Data(randomBytes(1000) + planted + randomBytes(1000))
        #expect(!scanner.find(in: haystack).isEmpty)
      }
      #expect(scanner.find(in: Data(randomBytes(5000))).isEmpty)
    }

    @Test func `no secret is where it should not be after a story told at trace level`()
      async throws
    {
      try await Installation.use { installation in
        let origin = try installation.startPaywall()
        try installation.writePolicy(Self.policy(origin))
        try installation.changeConfiguration {
          $0.replacing("log_level: info", with: "log_level: trace")
        }
        _ = try installation.startDaemon()
        let sampler = CommandLines(naming: installation.directory)
        let told = try Self.tellStory(installation)
        var secrets = told.secrets
        secrets["master key"] = try Self.masterKey(installation)
        secrets["paywall's root key"] = try Self.hexFile("\(installation.directory)/paywall.key")
        let scanner = SecretScanner(secrets)
        var places = try Self.files(installation)
        places["error texts"] = Data(told.errors.joined(separator: "\n").utf8)
        places["the audit log"] = Data(try Self.auditLog(installation).utf8)
        places["command lines"] = Data(sampler.stop().utf8)
        for (place, content) in places {
          try check(!content.isEmpty, "\(place) is empty: the scan would prove nothing")
          let found = scanner.find(in: content)
          try check(found.isEmpty, "in \(place): \(found)")
        }
        // The same scan finds a secret that is put where one might slip in.
        let secret = try require(secrets.first, "a secret")
        let spoiled = (places["purserd.log"] ?? Data()) + Data(Hex.encode(secret.value).utf8)
        try check(!scanner.find(in: spoiled).isEmpty, "a planted secret was not found")
      }
    }

    private static func policy(_ origin: String) -> String {
      """
        market-data:
          origins: ["\(origin)"]
          challenge_path: /market-data/prices
          capabilities: [prices]
          price_ceiling: 50sat
        news:
          origins: ["\(origin)"]
          challenge_path: /news/latest
          price_ceiling: 1sat
      """
    }

    private struct Told {
      var secrets: [String: [UInt8]] = [:]
      var errors: [String] = []
    }

    /// Delegation online and offline, purchases, refusals of every kind, and the command line.
    private static func tellStory(_ installation: Installation) throws -> Told {
      var told = Told()
      let top = try installation.grant(.init("top", spend: 500_000))
      let agent = try installation.agent(top.token)
      let child = try agent.call(GrantCreate.self, .init("child", spend: 50_000), key: "make")
      let offline = try GrantToken(parsing: child.token).attenuated(with: [
        .grant(randomBytes(16)), .spend(try require(Msat(20_000), "an amount")),
      ])
      for (name, text) in [("top", top.token), ("child", child.token), ("offline", offline.text)] {
        told.secrets["\(name) token"] = try GrantToken(parsing: text).macaroon.signature
        let holder = try installation.agent(text)
        let copy = try holder.call(
          CredentialRequest.self, .init(service: "market-data"), key: "buy")
        told.secrets["\(name) credential"] = try require(
          L402Token(text: copy.token).macaroon, "a macaroon"
        ).signature
        told.secrets["preimage"] = try require(Hex.decode(copy.preimage), "a preimage")
        told.errors += try refusals(of: holder)
        try runProgram(installation, text, name: name)
      }
      let forged = GrantToken.prefix + String(offline.text.dropFirst(8).dropLast(2)) + "AA"
      told.errors += try refusals(of: try installation.agent(forged))
      let copy = try agent.call(CredentialRequest.self, .init(service: "market-data"))
      _ = try installation.operatorConnection().call(
        VaultImport.self, .init(service: "market-data", authorization: copy.authorization))
      return told
    }

    /// Each of these is refused; the texts are scanned.
    private static func refusals(of agent: Agent) throws -> [String] {
      try [
        { _ = try agent.call(SpendReserve.self, .init(amountMsat: .max)) },
        { _ = try agent.call(CredentialRequest.self, .init(service: "news")) },
        { _ = try agent.call(CredentialRequest.self, .init(service: "nothing")) },
        { _ = try agent.call(CredentialRequest.self, .init(service: agent.token)) },
        { _ = try agent.call(GrantFreeze.self, .init(target: agent.token)) },
        {
          _ = try agent.call(
            ChallengePay.self,
            .init(service: "market-data", wwwAuthenticate: ["L402 token=\"\(agent.token)\""]))
        },
      ].map { call in
        let error = try require(try BadChallengeTests.refusal(call), "this is refused")
        return "\(error)"
      }
    }

    /// The command line with a token from a file; its answer is asked for, its errors are scanned.
    private static func runProgram(
      _ installation: Installation, _ token: String, name: String
    ) throws {
      let file = "\(installation.directory)/\(name).token"
      try token.write(toFile: file, atomically: true, encoding: .utf8)
      let program = try installation.start(
        "purser",
        [
          "spend", "reserve", "9btc", "--token-file", file, "--socket", installation.agentSocket,
        ])
      try check(try program.waitForExit() == 3, "the reserve was not refused")
    }

    private static func files(_ installation: Installation) throws -> [String: Data] {
      var files: [String: Data] = [:]
      let data = "\(installation.directory)/h/data"
      for name in try FileManager.default.contentsOfDirectory(atPath: data)
      where name.hasPrefix("ledger.db") && name != "ledger.db.lock" {
        files[name] = try Data(contentsOf: URL(filePath: "\(data)/\(name)"))
      }
      for name in ["purserd.log", "paywall.log", "access.jsonl", "purser.log"] {
        files[name] = try Data(
          contentsOf: URL(filePath: "\(installation.directory)/\(name)"))
      }
      try check(files.keys.contains("ledger.db"), "there is no database to scan")
      return files
    }

    private static func auditLog(_ installation: Installation) throws -> String {
      try installation.operatorConnection().call(AuditList.self, .init(limit: 1000)).events
        .map(\.event).joined(separator: "\n")
    }

    private static func masterKey(_ installation: Installation) throws -> [UInt8] {
      let text = try String(
        contentsOfFile: "\(installation.directory)/h/purser.key", encoding: .utf8)
      let key = text.split { " \n".contains($0) }.map(String.init).first { $0.count == 64 }
      return try require(key.flatMap { Hex.decode($0) }, "a key in the key file")
    }

    private static func hexFile(_ path: String) throws -> [UInt8] {
      let data = try Data(contentsOf: URL(filePath: path))
      let text = String(decoding: data, as: UTF8.self).trimmingCharacters(
        in: .whitespacesAndNewlines)
      return Hex.decode(text) ?? Array(data)
    }
  }
}

/// Reads the command lines of the programs that name a directory, again and again.
final class CommandLines: Sendable {
  private let state = Mutex((seen: Set<String>(), isStopped: false))

  init(naming directory: String) {
    Thread.detachNewThread { [self] in
      while !state.withLock({ $0.isStopped }) {
        let lines = Self.read().filter { $0.contains(directory) }
        state.withLock { $0.seen.formUnion(lines) }
        Thread.sleep(forTimeInterval: 0.002)
      }
    }
  }

  /// Every line that was seen.
  func stop() -> String {
    state.withLock { state in
      state.isStopped = true
      return state.seen.sorted().joined(separator: "\n")
    }
  }

  private static func read() -> [String] {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.filter { $0.allSatisfy(\.isNumber) }.compactMap { process in
      (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline")))
        .map { String(decoding: $0, as: UTF8.self) }
    }
  }
}
