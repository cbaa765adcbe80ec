import Foundation
import PurserAPI
import PurserClient
import PurserCore
import PurserWallet

/// How an installation stood before an attack, to be compared with how it stands afterwards.
struct Untouched {
  private struct State: Equatable {
    var grants: [NodeID: String]
    var holds: UInt64
    var rows: UInt64
    var vault: [String]
    var payments: Int
  }

  private let installation: Installation
  private let before: State
  private let lastEvent: UInt64

  init(_ installation: Installation) throws {
    self.installation = installation
    before = try Self.state(installation)
    lastEvent = try installation.operatorConnection().call(AuditVerify.self, NoParameters()).events
  }

  private static func state(_ installation: Installation) throws -> State {
    let operators = try installation.operatorConnection()
    let tree = try operators.call(GrantTree.self, GrantTree.Parameters(all: true))
    try check(!tree.truncated, "the tree is truncated")
    var grants: [NodeID: String] = [:]
    for grant in tree.grants {
      grants[grant.node] = String(decoding: try WireJSON.encode(grant), as: UTF8.self)
    }
    let ledger = try operators.call(LedgerVerify.self, NoParameters())
    try check(ledger.ok, "ledger verify: \(ledger.faults)")
    let audit = try operators.call(AuditVerify.self, NoParameters())
    try check(audit.ok, "audit verify: \(audit.fault ?? "")")
    return State(
      grants: grants, holds: ledger.holds, rows: ledger.nodes,
      vault: try operators.call(VaultList.self, .init()).credentials.map { "\($0)" },
      payments: try installation.network.payments(of: Installation.payer).count)
  }

  /// Nothing has changed, and the log has these refusals, counted together, and nothing else.
  ///
  /// `refused` has how many there were of each method and reason, as `spend.charge frozen`.
  func verify(refused: [String: Int]) throws {
    try verifyState()
    var counts: [String: Int] = [:]
    _ = try waitFor("the refusals to be noted: \(refused)") {
      counts = try self.refusals().counts
      let isComplete = refused.allSatisfy { counts[$0.key, default: 0] >= $0.value }
      return isComplete ? true : nil
    }
    try check(counts == refused, "noted were \(counts), not \(refused)")
  }

  /// Nothing has changed; requests without a caller are one number, written when the daemon ends.
  func verify(unauthenticated count: Int, daemon: inout ChildProcess) throws {
    try verifyState()
    daemon.signal(SIGTERM)
    try check(try daemon.waitForExit() == 0, "the daemon did not end well")
    daemon = try installation.startDaemon()
    try verifyState()
    let noted = try refusals()
    try check(
      noted.counts == ["* unauthenticated": count], "noted were \(noted.counts), not \(count)")
    // One a minute, should one have ended meanwhile.
    try check(noted.events <= 3, "\(noted.events) events")
  }

  func verifyState() throws {
    let after = try Self.state(installation)
    try check(after == before, "something changed: \(before)\nis now \(after)")
  }

  /// What was refused since, and in how many events; any event of another kind is a failure.
  func refusals() throws -> (counts: [String: Int], events: Int) {
    var counts: [String: Int] = [:]
    let events = try installation.operatorConnection()
      .call(AuditList.self, .init(after: lastEvent, limit: 1000)).events
    var refused = 0
    for event in events {
      let json = try WireJSON.decode(CanonicalJSON.self, from: Array(event.event.utf8))
      let action = json["action"]
      if action == .string("daemon.start") { continue }
      guard action == .string("refused"), case .object(let details)? = json["details"],
        case .string(let method)? = details["method"],
        case .string(let reason)? = details["reason"],
        case .integer(let count)? = details["count"]
      else { throw Failure("an event that is no refusal: \(event.event)") }
      counts["\(method) \(reason)", default: 0] += Int(count)
      refused += 1
    }
    return (counts, refused)
  }
}

extension CanonicalJSON {
  /// The member of an object.
  subscript(_ name: String) -> CanonicalJSON? {
    if case .object(let members) = self { members[name] } else { nil }
  }
}
