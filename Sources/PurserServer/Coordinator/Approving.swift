internal import LibCrypto
internal import PurserAPI
internal import PurserCore

// Payments that wait for an operator: asking, waiting, and what operators see and say.
extension Coordinator {
  /// The longest that a caller may wait for an operator, in seconds.
  static let longestWaitSeconds: UInt64 = 600

  /// Until when a caller wants to wait for an operator; nil when it does not.
  func patience(_ seconds: UInt64?) throws(Refusal) -> Timestamp? {
    guard let seconds, seconds > 0 else { return nil }
    guard seconds <= Self.longestWaitSeconds else {
      throw .invalid("wait_s is at most \(Self.longestWaitSeconds)")
    }
    return ledger.now().adding(milliseconds: seconds * 1000)
  }

  /// Asks operators about a payment that waits.
  func ask(
    about payment: Payment, to payee: [UInt8], by caller: Caller
  ) async throws(Refusal) -> ApprovalID {
    let request = ApprovalRequest(
      id: freshID(), chain: try caller.requiredChain(), purchase: payment.purchase, payee: payee,
      total: payment.amount.adding(payment.feeLimit) ?? .max)
    let outcome = try await submit(.askApproval(request), by: caller).outcome
    guard case .asked(let id) = outcome else {
      throw .storage("the ledger gave another answer than this method has")
    }
    return id
  }

  /// Waits until an operator has said something, or the patience is over.
  /// - Returns: Whether an operator has.
  func waitForOperator(_ id: ApprovalID, until end: Timestamp?) async -> Bool {
    let now = ledger.now()
    guard let end, now < end else { return false }
    await approvalWaits.wait(for: id, atMost: end.milliseconds - now.milliseconds) {
      isPending(id)
    }
    return !isPending(id)
  }

  private func isPending(_ id: ApprovalID) -> Bool {
    (try? ledger.openApprovals().contains { $0.id == id && $0.state == .pending }) ?? true
  }

  /// Nobody waits for an operator any more: the daemon is about to stop.
  public func stopWaitingForOperators() { approvalWaits.close() }

  func listApprovals(
    _ parameters: ApprovalList.Parameters
  ) throws(Refusal) -> ApprovalList.Reply {
    let now = ledger.now()
    let wanted = try ledger.openApprovals().filter { approval in
      now < approval.expiresAt && (parameters.all ?? false || approval.state == .pending)
    }
    return ApprovalList.Reply(
      approvals: try wanted.map { approval throws(Refusal) in try view(approval) })
  }

  private func view(_ approval: Approval) throws(Refusal) -> ApprovalView {
    ApprovalView(
      approval, name: try ledger.node(approval.node)?.name, payee: Hex.encode(approval.payee))
  }

  /// Says yes or no to one payment.
  func decide(
    _ parameters: ApprovalChoice, isApproved: Bool, by caller: Caller
  ) async throws(Refusal) -> ApprovalView {
    let id = parameters.approval
    // Read before: whoever waits for it may have used it up when the answer is made.
    guard var found = try ledger.openApprovals().first(where: { $0.id == id }) else {
      throw .notFound("no payment with this id waits; it may have been too late")
    }
    _ = try await submit(.decideApproval(id, isApproved: isApproved), by: caller)
    found.state = isApproved ? .approved : .denied
    approvalWaits.decided(id)
    return try view(found)
  }
}
