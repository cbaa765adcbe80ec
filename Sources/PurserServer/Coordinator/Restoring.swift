internal import LibCrypto
internal import Logging
internal import PurserAPI
internal import PurserCore

// A ledger that came out of a backup, and what the wallet has paid since.
extension Coordinator {
  /// How long before the last change in the backup the wallet's list is looked at from, in ms:
  /// its clock is another one.
  private static let marginMs: UInt64 = 3_600_000

  /// Compares a restored ledger with the wallet, unless that was done; when the wallet cannot say,
  /// the log tells what is to be done, and every grant stays frozen.
  public func compareRestored() async {
    do throws(Refusal) {
      guard let restoration = try ledger.restoration(), !restoration.isSettled else { return }
      try await compare(restoration, by: .daemon, from: Self.daemonSource)
      let count = try ledger.restoration()?.unbooked.count ?? 0
      log.notice(
        "restored from a backup: every top-level grant starts frozen",
        metadata: ["unbooked payments": "\(count)"])
    } catch {
      log.warning(
        """
        restored from a backup, and not compared with the wallet: \(error); run 'purser payment \
        compare' before grants are unfrozen
        """)
    }
  }

  private func compare(
    _ restoration: Restoration, by actor: Actor, from source: UInt64
  ) async throws(Refusal) {
    let since = restoration.since.milliseconds
    let start = Timestamp(milliseconds: since - min(since, Self.marginMs))
    let listed: [WalletPayment]?
    do throws(WalletError) { listed = try await wallet.outgoingPayments(since: start) } catch {
      throw .upstream("the wallet's list of payments cannot be had: \(error)")
    }
    guard let listed else {
      throw .conflict(
        "this wallet keeps no list of payments: compare by hand what it has paid since the backup, "
          + "then say so with 'purser payment compare --wallet-checked TEXT'")
    }
    _ = try await ledger.submit(
      LedgerRequest(
        actor: actor, command: .compareWallet(WalletListing(payments: listed, check: .wallet))),
      from: source)
  }

  func restoreStatus() throws(Refusal) -> RestoreStatus.Reply {
    guard let restoration = try ledger.restoration() else {
      throw .notFound("this ledger was not restored from a backup")
    }
    return RestoreStatus.Reply(restoration)
  }

  func compareWallet(
    _ parameters: RestoreCompare.Parameters, by caller: Caller
  ) async throws(Refusal) -> RestoreStatus.Reply {
    guard let restoration = try ledger.restoration() else {
      throw .notFound("this ledger was not restored from a backup")
    }
    if let words = parameters.walletChecked {
      guard (1...500).contains(words.utf8.count) else {
        throw .invalid("wallet_checked has 1 to 500 bytes: say how you know")
      }
      let listing = WalletListing(payments: [], check: .operatorUser, evidence: words)
      _ = try await submit(.compareWallet(listing), by: caller)
    } else {
      try await compare(restoration, by: caller.actor, from: caller.source)
    }
    return try restoreStatus()
  }

  func book(
    _ parameters: PaymentBook.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> PaymentBook.Reply {
    guard let hash = Hex.decode(parameters.paymentHash), hash.count == 32 else {
      throw .invalid("payment_hash has 64 hex digits")
    }
    guard (parameters.node == nil) == (parameters.isOutside == true) else {
      throw .invalid("say whose it is: params.node, or params.outside true")
    }
    let booking = Booking(
      paymentHash: hash, node: parameters.node, hold: holdIDs.next(at: ledger.now()))
    let applied = try await submit(
      .book(booking), by: caller,
      claim: repeatKey?.claim(of: caller, method: PaymentBook.name))
    let left = UInt64(try ledger.restoration()?.unbooked.count ?? 0)
    guard case .ended(let hold, let settled, _) = applied.outcome else {
      return PaymentBook.Reply(hold: nil, settledMsat: nil, unbooked: left)
    }
    return PaymentBook.Reply(hold: hold, settledMsat: settled, unbooked: left)
  }
}
