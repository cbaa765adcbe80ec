// Commands on the vault, the note of refusals, and checkpoints.
extension LedgerState {
  mutating func issueCredential(
    _ issue: CredentialIssue, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    try checkStanding(of: issue.chain, at: step.now)
    guard var credential = try records.credential(issue.credential),
      credential.state == .active
    else { throw .notFound("this credential is no longer in the vault; ask again") }
    var details: AuditDetails = [
      "credential": .id(issue.credential), "service": .string(issue.service),
    ]
    // What is charged is an operation that counts; a copy beside it is none of its own.
    let isCounted = issue.isCounted && issue.charge == nil
    if let charge = issue.charge {
      try admit(charge, for: issue, step: &step, records: records)
      details["hold"] = .id(charge.hold)
      details["settled_msat"] = .msat(charge.amount)
    } else {
      if isCounted { try checkCalls(of: issue.chain, at: step.now, records: records) }
      try meet(issue.chain, step: &step)
      if isCounted { try countCall(at: issue.chain.node, step: &step, records: records) }
    }
    step.changes.append(
      .newCopy(
        CredentialCopy(
          node: issue.chain.node, credential: issue.credential, service: issue.service,
          issuedAt: step.now, validUntilSeconds: issue.validUntilSeconds, isCounted: isCounted)))
    if let end = issue.validUntilSeconds { details["valid_until"] = .integer(Int64(clamping: end)) }
    if issue.usesUp {
      credential.state = .retired
      step.changes.append(.credential(credential))
      details["used_up"] = .bool(true)
    }
    step.record("credential.issue", node: issue.chain.node, details)
    return .issued(credential: issue.credential)
  }

  /// Spends what a copy costs, on the grant that gets it and on all above it.
  private mutating func admit(
    _ charge: IssueCharge, for issue: CredentialIssue, step: inout Step,
    records: some LedgerRecords
  ) throws(Refusal) {
    if charge.isForFirstCopy,
      try records.hasCopy(of: issue.credential, at: issue.chain.node)
    {
      throw .conflict("another copy was handed out meanwhile; ask again")
    }
    let hold = Hold(
      id: charge.hold, node: issue.chain.node, kind: .spend, amount: charge.amount,
      createdAt: step.now, expiresAt: nil, state: .settled, settled: charge.amount)
    try admit(hold, by: issue.chain, step: &step, records: records)
  }

  mutating func importCredential(
    _ credential: Credential, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    guard try records.credential(credential.id) == nil else {
      throw .conflict("a credential with this id exists")
    }
    step.changes.append(.credential(credential))
    step.record("vault.import", node: nil, Self.describe(credential))
    return .done
  }

  mutating func retireCredential(
    _ id: CredentialID, reason: String, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    var credential = try storedCredential(id, records: records)
    guard credential.state == .active else { throw .conflict("this credential is retired already") }
    credential.state = .retired
    step.changes.append(.credential(credential))
    step.record(
      "vault.retire", node: nil,
      Self.describe(credential).merging(["reason": .string(reason)]) { first, _ in first })
    return .done
  }

  mutating func removeCredential(
    _ id: CredentialID, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let credential = try storedCredential(id, records: records)
    step.changes.append(.credentialRemoved(id))
    step.record("vault.remove", node: nil, Self.describe(credential))
    return .done
  }

  /// Says something; no counter moves.
  func note(_ note: AuditNote, step: inout Step) -> Outcome {
    step.record(note.action, node: note.node, note.details)
    return .done
  }

  mutating func recordRefusals(_ count: RefusalCount, step: inout Step) -> Outcome {
    step.record(
      "refused", node: count.node,
      [
        "method": .string(count.method), "reason": .string(count.reason),
        "count": .integer(Int64(clamping: count.count)),
      ])
    return .done
  }

  func storeCheckpoint(_ checkpoint: StoredCheckpoint, step: inout Step) -> Outcome {
    step.changes.append(.checkpoint(checkpoint))
    return .done
  }

  private func storedCredential(
    _ id: CredentialID, records: some LedgerRecords
  ) throws(Refusal) -> Credential {
    guard let credential = try records.credential(id) else {
      throw .notFound("no credential with this id in the vault")
    }
    return credential
  }

  private static func describe(_ credential: Credential) -> AuditDetails {
    [
      "credential": .id(credential.id), "service": .string(credential.purchase.service),
      "payment_hash": .hex(credential.paymentHash),
    ]
  }
}
