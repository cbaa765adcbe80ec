import Foundation
import Glibc
import PurserAPI
import PurserClient
import PurserCore
import PurserWallet
import Synchronization
import Testing

extension EndToEnd {
  @Suite struct StoppingTests {
    @Test func `SIGTERM lets a purchase finish, and waits for no idle client`() async throws {
      try await Installation.use { installation in
        let seller = try Seller(network: installation.network)
        try installation.writePolicy(seller.policy("goods", feeLimit: 100))
        let daemon = try installation.startDaemon()
        let grant = try installation.grant(.init("buyer", spend: 1_000_000))
        try installation.network.configure(
          Installation.payer, SimulatedBehavior(delayMilliseconds: 1_500))
        let challenge = try seller.challenge(
          for: "goods", price: try require(Msat(5_001), "a price"))

        // Idle: one that never said anything, one that got its answer, one in the middle of a line.
        let silent = try PurserConnection(path: installation.agentSocket)
        let answered = try installation.agent(grant.token)
        let before = try answered.call(GrantGet.self, GrantGet.Parameters())
        let talking = try UnfinishedLine(path: installation.agentSocket)

        let replies = try concurrently(2) { index -> CredentialReply? in
          guard index == 0 else {
            try Self.waitUntilPaying(installation)
            daemon.signal(SIGTERM)
            return nil
          }
          return try installation.agent(grant.token).call(
            ChallengePay.self, challenge.parameters, key: "one")
        }
        let reply = try require(replies.compactMap { $0 }.first, "a credential")
        try check(reply.costMsat.value == 5_001, "it cost \(reply.costMsat)")
        // Far less than any client's timeout: nobody is waited for who asks for nothing.
        try check(try daemon.waitForExit(seconds: 5) == 0, "purserd did not end with 0")
        withExtendedLifetime((silent, answered, talking)) {}
        for socket in [installation.agentSocket, installation.operatorSocket] {
          try check(access(socket, F_OK) != 0, "\(socket) is still there")
        }

        _ = try installation.startDaemon()
        let agent = try installation.agent(grant.token)
        let after = try agent.call(GrantGet.self, GrantGet.Parameters())
        try check(
          before.settledMsat == .zero && after.settledMsat.value == 5_001
            && after.heldMsat == .zero, "after the restart: \(after)")
        let again = try agent.call(ChallengePay.self, challenge.parameters, key: "one")
        try check(again == reply, "the same key has another answer after the restart")
        try Books(installation).verify()
      }
    }

    @Test func `SIGTERM answers every request that it carries out`() async throws {
      try await Installation.use { installation in
        try installation.writePolicy("  {}")
        let daemon = try installation.startDaemon()
        let grant = try installation.grant(.init("spender", spend: nil))
        let one = try require(Msat(1), "an amount")
        let acknowledged = Mutex(0)
        // Each sends a request only after the answer to the one before, until there is no daemon.
        let unanswered = try concurrently(9) { index -> Int in
          guard index > 0 else {
            _ = try waitFor("a stream of spends") { acknowledged.withLock { $0 > 200 ? 0 : nil } }
            daemon.signal(SIGTERM)
            return 0
          }
          let agent = try installation.agent(grant.token)
          while true {
            do {
              _ = try agent.call(SpendReserve.self, .init(amountMsat: one, ttlSeconds: 600))
              acknowledged.withLock { $0 += 1 }
            } catch ClientError.interrupted { return 1 }
          }
        }.reduce(0, +)
        try check(try daemon.waitForExit(seconds: 5) == 0, "purserd did not end with 0")
        _ = try installation.startDaemon()
        let view = try installation.agent(grant.token).call(GrantGet.self, GrantGet.Parameters())
        // A line that came after the drain began may go unread, but then nothing came of it.
        try check(
          view.heldMsat.value == UInt64(acknowledged.withLock { $0 }),
          "\(view.heldMsat) held, \(acknowledged.withLock { $0 }) acknowledged, \(unanswered) not")
      }
    }

    /// Until the wallet has a payment on its way.
    private static func waitUntilPaying(_ installation: Installation) throws {
      _ = try waitFor("the wallet to pay") {
        try installation.network.payments(of: Installation.payer).contains {
          $0.state == .pending
        } ? true : nil
      }
    }
  }
}

/// A client that began a line and says no more.
private final class UnfinishedLine {
  private let descriptor: Int32

  init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try check(connected == 0 && send(descriptor, "{\"jsonrpc", 9, 0) == 9, "no connection")
  }

  deinit { close(descriptor) }
}
