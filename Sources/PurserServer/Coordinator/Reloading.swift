internal import Logging
internal import PurserAPI
internal import PurserCore

// Another policy while the daemon runs: all of it or nothing.
extension Coordinator {
  /// Reads the policy's files anew and puts them in force, because somebody sent SIGHUP.
  ///
  /// What is wrong is in the log, and the policy stays as it is.
  public func reloadPolicy() async {
    do throws(Refusal) {
      _ = try await reloadPolicy(by: .daemon, cause: "SIGHUP", from: Self.daemonSource)
    } catch {
      log.error("the policy was not changed", metadata: ["reason": "\(error.reason)"])
    }
  }

  func reloadPolicy(by caller: Caller) async throws(Refusal) -> PolicyReload.Reply {
    try await reloadPolicy(by: caller.actor, cause: PolicyReload.name, from: caller.source)
  }

  private func reloadPolicy(
    by actor: Actor, cause: String, from source: UInt64
  ) async throws(Refusal) -> PolicyReload.Reply {
    let outcome = await policies.reloads.run { () async -> Result<PolicyReload.Reply, Refusal> in
      do throws(Refusal) {
        return .success(try await changePolicy(by: actor, cause: cause, from: source))
      } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  private func changePolicy(
    by actor: Actor, cause: String, from source: UInt64
  ) async throws(Refusal) -> PolicyReload.Reply {
    let current = policies.current
    switch policies.read() {
    case .refused(let mistakes):
      for mistake in mistakes {
        log.error("the policy was not changed", metadata: ["mistake": "\(mistake)"])
      }
      return PolicyReload.Reply(ok: false, changes: [], files: current.files, mistakes: mistakes)
    case .read(let new, let warnings):
      for warning in warnings { log.warning("policy", metadata: ["warning": "\(warning)"]) }
      let changes = current.policy.changes(to: new.policy)
      if new != current {
        let change = PolicyChange(
          bounds: new.policy.bounds, details: new.auditDetails(of: changes, cause: cause))
        // The ledger first: from its commit on nothing is admitted beyond the new bounds.
        _ = try await ledger.submit(
          LedgerRequest(actor: actor, command: .changePolicy(change)), from: source)
        policies.replace(with: new)
        log.notice("policy changed", metadata: ["changes": "\(changes.count)"])
      }
      return PolicyReload.Reply(
        ok: true, changes: changes.map(\.text), files: new.files, warnings: warnings)
    }
  }
}
