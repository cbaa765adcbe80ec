internal import LibCrypto
internal import PurserAPI
internal import PurserCore

/// A request whose method and parameters were read, ready to run.
struct PreparedCall: Sendable {
  let method: String
  let audience: RPCAudience
  let options: CallOptions
  /// Whether it changes anything.
  let changesState: Bool
  /// Runs it for a caller; the answer is a reply of the method.
  let run: @Sendable (CallContext) async throws(Refusal) -> any Encodable & Sendable
  /// The digest of the parameters, for repeating an answer.
  let digest: @Sendable () -> [UInt8]
}

/// The methods that are served, by name, with who may call them.
struct MethodTable: Sendable {
  /// One served method, with its types hidden.
  struct Entry: Sendable {
    let description: MethodDescription
    let prepare: @Sendable (ParameterSource) throws -> PreparedCall
  }

  private(set) var entries: [String: Entry] = [:]

  /// Serves a method; `run` gets its parameters as they were read.
  mutating func serve<Method: RPCMethod>(
    _ method: Method.Type,
    _ run:
      @escaping @Sendable (Method.Parameters, CallContext) async throws(Refusal) ->
      Method.Reply
  ) {
    let names = Method.Parameters.memberNames
    entries[Method.name] = Entry(description: MethodDescription(method)) { source in
      let options = try source.options(allowing: names)
      let parameters = try source.read(Method.Parameters.self)
      return PreparedCall(
        method: Method.name, audience: Method.audience, options: options,
        changesState: Method.changesState,
        run: { context throws(Refusal) in try await run(parameters, context) },
        digest: { SHA256.hash((try? WireJSON.encode(parameters)) ?? []) })
    }
  }
}

/// What a method gets beside its parameters.
struct CallContext: Sendable {
  let session: Session
  /// Nil only for methods that ask nothing of a grant and were called without a token.
  let caller: Caller?
  let repeatKey: RepeatKey?
  /// Whose bytes the request came in.
  let sender: Sender

  /// The process that asks, with what of it `bindings` ask for.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)`` when another one than that which connected
  ///   sent the request, or a part of it; ``Refusal/conflict(_:)`` when nobody looked.
  func peer(for bindings: [PeerBinding]) async throws(Refusal) -> PeerIdentity {
    switch sender {
    case .peer: return await session.evidence.identity(for: bindings)
    case .other(let process):
      session.markMisused()
      throw .forbidden(
        rule: "policy:claims",
        explanation: """
          this was sent by another process than the one that connected: pid \(process.processID), \
          uid \(process.userID); the connection closes, open your own
          """)
    case .unknown:
      session.watch?.begin()
      throw .conflict("who sent this was not looked at; send it again")
    }
  }

  /// The caller, for methods that need one.
  func requiredCaller() throws(Refusal) -> Caller {
    guard let caller else { throw .unauthenticated(.noToken) }
    return caller
  }
}

extension MethodTable {
  /// The methods that `isServed` keeps.
  func filter(_ isServed: (Entry) -> Bool) -> MethodTable {
    var table = self
    table.entries = entries.filter { isServed($0.value) }
    return table
  }

  /// Every method of the API, bound to the coordinator.
  init(_ coordinator: Coordinator) {
    serve(SystemInfo.self) { _, context throws(Refusal) in
      try coordinator.systemInfo(for: context.caller)
    }
    serve(SessionOpen.self) { _, context throws(Refusal) in
      guard let token = context.caller?.token else { throw .unauthenticated(.noToken) }
      let verified: VerifiedToken
      do throws(GrantTokenError) { verified = try VerifiedToken(token, coordinator.keys) } catch {
        throw .unauthenticated(.token(error))
      }
      let chain = verified.chain
      try context.session.open(verified)
      return SessionOpen.Reply(node: chain.node, validUntil: chain.validUntilSeconds)
    }
    serve(OperatorUnlock.self) { parameters, context throws(Refusal) in
      try await coordinator.unlock(
        context.session, with: parameters, by: try context.requiredCaller())
    }
    serveGrants(coordinator)
    serveLimits(coordinator)
    serveSpending(coordinator)
    serveQuestions(coordinator)
    serveOperations(coordinator)
    servePolicy(coordinator)
    serveDescription()
  }

  private mutating func servePolicy(_ coordinator: Coordinator) {
    serve(PolicyReload.self) { _, context throws(Refusal) in
      try await coordinator.reloadPolicy(by: try context.requiredCaller())
    }
    serve(PolicyExplain.self) { parameters, _ throws(Refusal) in
      try coordinator.explain(parameters)
    }
  }

  /// Describes what is served so far, and itself: to be called last.
  private mutating func serveDescription() {
    let all = entries.values.map(\.description) + [MethodDescription(Discover.self)]
    serve(Discover.self) { _, context throws(Refusal) in
      OpenRPCDocument(
        of: all.filter { context.session.isOperatorSocket || $0.audience == .everyone })
    }
  }

  private mutating func serveGrants(_ coordinator: Coordinator) {
    serve(GrantCreate.self) { parameters, context throws(Refusal) in
      try await coordinator.createGrant(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(GrantClaim.self) { parameters, context throws(Refusal) in
      try await coordinator.claimGrant(parameters, in: context)
    }
    serve(GrantGet.self) { parameters, context throws(Refusal) in
      try coordinator.showGrant(parameters, to: try context.requiredCaller())
    }
    serve(GrantTree.self) { parameters, context throws(Refusal) in
      try coordinator.showTree(parameters, to: try context.requiredCaller())
    }
    serve(GrantFreeze.self) { parameters, context throws(Refusal) in
      try await coordinator.stopGrant(
        .freeze, parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey,
        method: GrantFreeze.name)
    }
    serve(GrantUnfreeze.self) { parameters, context throws(Refusal) in
      try await coordinator.unfreezeGrant(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(GrantRevoke.self) { parameters, context throws(Refusal) in
      try await coordinator.stopGrant(
        .revoke, parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey,
        method: GrantRevoke.name)
    }
  }

  private mutating func serveLimits(_ coordinator: Coordinator) {
    serve(GrantClose.self) { parameters, context throws(Refusal) in
      try await coordinator.stopGrant(
        .close, parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey,
        method: GrantClose.name)
    }
    serve(GrantUpdate.self) { parameters, context throws(Refusal) in
      try await coordinator.updateGrant(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
  }

  private mutating func serveSpending(_ coordinator: Coordinator) {
    serve(SpendReserve.self) { parameters, context throws(Refusal) in
      try await coordinator.reserve(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(SpendCharge.self) { parameters, context throws(Refusal) in
      try await coordinator.charge(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(SpendExtend.self) { parameters, context throws(Refusal) in
      try await coordinator.extend(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(SpendSettle.self) { parameters, context throws(Refusal) in
      try await coordinator.settle(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(SpendRelease.self) { parameters, context throws(Refusal) in
      try await coordinator.release(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(CredentialRequest.self) { parameters, context throws(Refusal) in
      try await coordinator.requestCredential(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(InvoicePay.self) { parameters, context throws(Refusal) in
      try await coordinator.payInvoice(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(ChallengePay.self) { parameters, context throws(Refusal) in
      try await coordinator.payChallenge(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
  }

  private mutating func serveQuestions(_ coordinator: Coordinator) {
    serve(TokenInspect.self) { parameters, context throws(Refusal) in
      try coordinator.inspectToken(parameters, by: try context.requiredCaller())
    }
    serve(TokenAttenuate.self) { parameters, context throws(Refusal) in
      try coordinator.attenuateToken(parameters, by: try context.requiredCaller())
    }
    serve(SpendQuote.self) { parameters, context throws(Refusal) in
      try await coordinator.quote(parameters, by: try context.requiredCaller())
    }
    serve(ChallengeQuote.self) { parameters, context throws(Refusal) in
      try await coordinator.quoteChallenge(parameters, by: try context.requiredCaller())
    }
    serve(CredentialReport.self) { parameters, context throws(Refusal) in
      try await coordinator.reportCredential(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(ServiceList.self) { _, context throws(Refusal) in
      try coordinator.listServices(for: try context.requiredCaller())
    }
    serve(AuditMine.self) { parameters, context throws(Refusal) in
      try coordinator.listOwnAudit(parameters, to: try context.requiredCaller())
    }
  }

  private mutating func serveOperations(_ coordinator: Coordinator) {
    serve(VaultImport.self) { parameters, context throws(Refusal) in
      try await coordinator.importCredential(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(VaultList.self) { parameters, _ throws(Refusal) in
      try coordinator.listVault(parameters)
    }
    serve(VaultExport.self) { parameters, context throws(Refusal) in
      try await coordinator.exportCredential(parameters, by: try context.requiredCaller())
    }
    serve(VaultRemove.self) { parameters, context throws(Refusal) in
      try await coordinator.removeCredential(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(WalletDescribe.self) { _, _ throws(Refusal) in try await coordinator.walletInfo() }
    serve(WalletExamine.self) { _, _ throws(Refusal) in try await coordinator.examineWallet() }
    serve(WalletInvoice.self) { parameters, context throws(Refusal) in
      try await coordinator.walletInvoice(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(PaymentList.self) { _, _ throws(Refusal) in try coordinator.listPayments() }
    serve(PaymentResolve.self) { parameters, context throws(Refusal) in
      try await coordinator.resolvePayment(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(ApprovalList.self) { parameters, _ throws(Refusal) in
      try coordinator.listApprovals(parameters)
    }
    serve(ApprovalApprove.self) { parameters, context throws(Refusal) in
      try await coordinator.decide(
        parameters, isApproved: true, by: try context.requiredCaller())
    }
    serve(ApprovalDeny.self) { parameters, context throws(Refusal) in
      try await coordinator.decide(
        parameters, isApproved: false, by: try context.requiredCaller())
    }
    serve(AuditList.self) { parameters, _ throws(Refusal) in
      try coordinator.listAudit(parameters)
    }
    serve(AuditSubscribe.self) { parameters, context throws(Refusal) in
      try coordinator.subscribe(parameters, in: context.session)
    }
    serve(AuditUnsubscribe.self) { parameters, context throws(Refusal) in
      try coordinator.unsubscribe(parameters, in: context.session)
    }
    serve(AuditCheckpoint.self) { _, _ throws(Refusal) in try await coordinator.checkpoint() }
    serve(AuditVerify.self) { _, _ throws(Refusal) in try coordinator.verifyAudit() }
    serve(AuditArchive.self) { parameters, context throws(Refusal) in
      try await coordinator.archiveLog(parameters, by: try context.requiredCaller())
    }
    serve(LedgerArchive.self) { parameters, context throws(Refusal) in
      try await coordinator.archive(parameters, by: try context.requiredCaller())
    }
    serve(LedgerVerify.self) { _, _ throws(Refusal) in try coordinator.verifyLedger() }
    serveKeys(coordinator)
  }
}
