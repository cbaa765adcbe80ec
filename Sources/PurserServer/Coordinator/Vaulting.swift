internal import L402
internal import LibCrypto
internal import Macaroons
internal import PurserAPI
internal import PurserCore

// What operators do: the vault, the wallet, the logs.
extension Coordinator {
  func importCredential(
    _ parameters: VaultImport.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> VaultEntry {
    let policy = policy
    guard let service = policy.services[parameters.service] else {
      let known = policy.serviceNames(for: nil)
      throw .invalid("the policy has no such service; it has: \(known)")
    }
    guard service.roots == .shared else {
      throw .invalid(
        "the policy's roots for '\(service.id)' are per_grant: what is imported would serve nobody")
    }
    let secret: TokenSecret
    let paymentHash: [UInt8]
    do throws(L402Error) {
      let credential = try L402Credential(authorization: parameters.authorization)
      guard credential.tokens.count == 1, let token = credential.tokens.first else {
        throw L402Error.badTokenCount
      }
      paymentHash = SHA256.hash(credential.preimage)
      do { secret = try TokenSecret(credential, token: token) } catch { throw .badCredential }
    } catch { throw .invalid("params.authorization: \(error)") }
    if let macaroon = secret.l402Token.macaroon,
      let identifier = try? L402Identifier(decoding: macaroon.identifier),
      identifier.paymentHash != paymentHash
    {
      throw .invalid("params.authorization: the preimage does not fit the token")
    }
    let id: CredentialID = freshID()
    let credential = Credential(
      id: id,
      purchase: Purchase(service: parameters.service, capabilities: [], scope: nil),
      paymentHash: paymentHash,
      validUntilSeconds: validUntil(of: secret, service: parameters.service), cost: .zero,
      boughtBy: nil, sealed: try sealer.seal(try secret.encoded(), at: .credential(id)),
      createdAt: ledger.now())
    let applied = try await submit(
      .importCredential(credential), by: caller,
      claim: repeatKey?.claim(of: caller, method: VaultImport.name), attachment: id.bytes)
    guard applied.isReplay else {
      return VaultEntry(credential, paymentHash: Hex.encode(paymentHash))
    }
    // The first import has its own id, and what it became since is what the vault says.
    guard let first = applied.attachment.flatMap({ CredentialID(bytes: $0) }),
      let stored = try ledger.credentials(service: nil).first(where: { $0.id == first })
    else { throw .notFound("what was imported under this key is no longer in the vault") }
    return VaultEntry(stored, paymentHash: Hex.encode(stored.paymentHash))
  }

  func listVault(_ parameters: VaultList.Parameters) throws(Refusal) -> VaultList.Reply {
    let entries = try ledger.credentials(service: parameters.service).map {
      VaultEntry($0, paymentHash: Hex.encode($0.paymentHash))
    }
    return VaultList.Reply(credentials: entries)
  }

  func removeCredential(
    _ parameters: VaultRemove.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> VaultRemove.Reply {
    _ = try await submit(
      .removeCredential(parameters.credential), by: caller,
      claim: repeatKey?.claim(of: caller, method: VaultRemove.name))
    return VaultRemove.Reply(credential: parameters.credential)
  }

  func walletInfo() async throws(Refusal) -> WalletDescribe.Reply {
    do { return WalletDescribe.Reply(try await wallet.info()) } catch { throw Self.upstream(error) }
  }

  func examineWallet() async throws(Refusal) -> WalletExamine.Reply {
    do throws(WalletError) {
      let powers = try await wallet.powers()
      let thousand = Msat(1_000_000) ?? .zero
      return WalletExamine.Reply(
        try await wallet.info(), powers, feeReserve: wallet.feeReserve(for: thousand))
    } catch { throw Self.upstream(error) }
  }

  /// What fits in the `d` field of an invoice (BOLT 11 §Tagged Fields), in bytes.
  private static let longestDescription = 639

  func walletInvoice(
    _ parameters: WalletInvoice.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> WalletInvoice.Reply {
    let expiry = parameters.expirySeconds ?? 3600
    guard parameters.amountMsat > .zero, (1...31_536_000).contains(expiry) else {
      throw .invalid("amount_msat must be positive and expiry_s from 1 to 31536000")
    }
    guard (parameters.description ?? "").utf8.count <= Self.longestDescription else {
      throw .invalid("description has at most \(Self.longestDescription) bytes")
    }
    let request = InvoiceRequest(
      amount: parameters.amountMsat, description: parameters.description ?? "",
      expirySeconds: expiry)
    let claim = repeatKey?.claim(of: caller, method: WalletInvoice.name)
    // One that was made under this key is not made again.
    if let claim, let record = try ledger.idempotencyRecord(for: claim) {
      return try repeatedInvoice(record, claim: claim)
    }
    let invoice: String
    do { invoice = try await wallet.createInvoice(request) } catch { throw Self.upstream(error) }
    let note = AuditNote(
      "wallet.invoice",
      [
        "amount_msat": .msat(parameters.amountMsat),
        "expiry_s": .integer(Int64(clamping: expiry)),
      ])
    let applied = try await submit(
      .note(note), by: caller, claim: claim, attachment: Array(invoice.utf8))
    return WalletInvoice.Reply(
      invoice: applied.attachment.map { String(decoding: $0, as: UTF8.self) } ?? invoice)
  }

  private func repeatedInvoice(
    _ record: IdempotencyRecord, claim: IdempotencyClaim
  ) throws(Refusal) -> WalletInvoice.Reply {
    guard record.claim.digest == claim.digest, let invoice = record.attachment else {
      throw .conflict("this idempotency key was used for a request with other parameters")
    }
    return WalletInvoice.Reply(invoice: String(decoding: invoice, as: UTF8.self))
  }

  private static func upstream(_ error: WalletError) -> Refusal {
    switch error {
    case .unreachable(let why): .upstream("the wallet cannot be reached: \(why)")
    case .unauthorized(let why): .upstream("the wallet refuses its credential: \(why)")
    case .unexpected(let why): .upstream("the wallet gave an unexpected answer: \(why)")
    }
  }

  func verifyLedger() throws(Refusal) -> LedgerVerify.Reply {
    let report = try ledger.verifyLedger()
    return LedgerVerify.Reply(
      ok: report.faults.isEmpty, nodes: report.nodes, holds: report.holds, faults: report.faults)
  }

  func systemInfo(for caller: Caller?) throws(Refusal) -> SystemInfo.Reply {
    // Whoever shows nothing, on the agents' socket, may use nothing.
    let services = policy.services.keys.filter { service in
      caller.map { $0.chain?.allows(service: service) ?? true } ?? false
    }
    return SystemInfo.Reply(
      version: PurserVersion.current, network: network.name, separation: operators.separation,
      timeMs: ledger.now().milliseconds, openPayments: try ledger.openPayments().count,
      services: services.sorted())
  }
}

extension BitcoinNetwork {
  /// The name that people use.
  var name: String {
    switch self {
    case .bitcoin: "bitcoin"
    case .testnet: "testnet"
    case .signet: "signet"
    case .regtest: "regtest"
    }
  }
}
