internal import L402
internal import LibCrypto
internal import Macaroons
internal import PurserAPI
internal import PurserCore

// What operators do: the vault, the wallet, the logs.
extension Coordinator {
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
