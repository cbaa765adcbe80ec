import PurserAPI
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@testable import PurserServer

/// The operators' passphrase.
@Suite struct PassphraseTests {
  private func locked() throws -> TestDaemon {
    let passphrase = try #require(
      OperatorPassphrase(Array("open".utf8), salt: [UInt8](repeating: 1, count: 16)))
    return try TestDaemon(operators: OperatorGuard(passphrase: passphrase))
  }

  @Test func `operators read as before, and change nothing until they unlock the connection`()
    async throws
  {
    let daemon = try locked()
    let session = daemon.operators
    #expect(try await daemon.call(GrantTree.self, .init(), in: session).grants.isEmpty)
    let refused = try await daemon.error(GrantCreate.self, .init(), in: session)
    #expect(refused?.data["rule"] == .string("operator:passphrase"))
    let wrong = try await daemon.error(
      OperatorUnlock.self, .init(passphrase: "sesame"), in: session)
    #expect(wrong?.reason == "forbidden")
    // Guessing is slow, even with the right one.
    let soon = try await daemon.error(OperatorUnlock.self, .init(passphrase: "open"), in: session)
    #expect(soon?.reason == "overloaded" && soon?.data["retry_after_ms"] == .integer(1000))
    daemon.clock.move(milliseconds: 1000)
    _ = try await daemon.call(OperatorUnlock.self, .init(passphrase: "open"), in: session)
    _ = try await daemon.call(GrantCreate.self, .init(), in: session)
    let other = try await daemon.error(GrantCreate.self, .init(), in: daemon.operators)
    #expect(other?.reason == "forbidden")
    await daemon.refusals.flush(isLast: true)
    let log = try daemon.ledger.events(after: 0, limit: 99, under: nil).map(\.text).joined()
    #expect(log.contains("operator.unlock") && log.contains("\"method\":\"grant.create\""))
    #expect(!log.contains("sesame"))
  }

  @Test func `every method of operators that changes something is locked`() async throws {
    let daemon = try locked()
    let methods = daemon.handler.operatorMethods.entries.values.map(\.description)
    let changing = Set(methods.filter(\.changesState).map(\.name))
    // What is not in this list reads, or asks.
    let reading: Set<String> = [
      "approval.list", "audit.checkpoint", "audit.list", "audit.mine", "audit.subscribe",
      "audit.unsubscribe", "audit.verify", "challenge.quote", "grant.claim", "grant.get",
      "grant.tree",
      "key.list", "ledger.verify", "operator.unlock", "payment.list", "policy.explain",
      "restore.status",
      "rpc.discover",
      "service.list", "session.open",
      "spend.quote", "system.info", "token.attenuate", "token.inspect", "vault.list",
      "wallet.examine", "wallet.info", "payment.reconcile",
    ]
    #expect(Set(methods.map(\.name)) == changing.union(reading))
    #expect(changing.isDisjoint(with: reading))
  }

  @Test func `agents are not asked, on whichever socket they show their token`() async throws {
    let daemon = try locked()
    let token = daemon.top(.spend(msat(9)))
    for session in [daemon.agents, daemon.operators] {
      _ = try await daemon.call(
        SpendCharge.self, .init(amountMsat: msat(1)), token: token, in: session)
      _ = try await daemon.call(GrantCreate.self, .init(), token: token, in: session)
    }
  }

  @Test func `over HTTP nothing is kept, so nothing is unlocked`() async throws {
    let daemon = try locked()
    let session = daemon.operators.forOneRequest(bearing: nil)
    let refused = try await daemon.error(
      OperatorUnlock.self, .init(passphrase: "open"), in: session)
    #expect(refused?.reason == "conflict")
    #expect(!session.isUnlocked)
  }

  @Test func `without a passphrase and without separation approvals say that they are advisory`()
    async throws
  {
    for (operators, isAdvisory) in [
      (OperatorGuard(), true), (OperatorGuard(separation: "required"), false),
      (
        OperatorGuard(
          passphrase: OperatorPassphrase([1], salt: [UInt8](repeating: 1, count: 16))), false
      ),
    ] {
      let daemon = try TestDaemon(operators: operators)
      let token = daemon.top(.approveAbove(SpendLimit(msat(1))))
      _ = try await daemon.error(
        CredentialRequest.self, .init(service: "data"), token: token)
      let waiting = try await daemon.call(ApprovalList.self, .init()).approvals
      #expect(waiting.map(\.advisory) == [isAdvisory])
      guard operators.passphrase == nil, let id = waiting.first?.approval else { continue }
      _ = try await daemon.call(ApprovalApprove.self, .init(approval: id))
      let log = try daemon.ledger.events(after: 0, limit: 99, under: nil).map(\.text)
      let event = log.first { $0.contains("approval.approve") } ?? ""
      #expect(event.contains("\"advisory\":true") == isAdvisory)
    }
  }
}
