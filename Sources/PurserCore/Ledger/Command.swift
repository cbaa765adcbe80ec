/// A change that someone asks of the ledger.
///
/// What is large and rare is kept apart (`indirect`): a command is copied on its way through the
/// queue, and nearly all of them are small.
public enum Command: Sendable {
  /// Registers the node of a token that was just made, and any level above it not yet met.
  case createGrant(GrantRegistration)
  /// Raises or lowers a limit of a node.
  indirect case updateLimit(LimitUpdate)
  /// Freezes, unfreezes, revokes or closes a node and all below it.
  case mark(NodeMarking)
  /// Gives back what an escrow whose time is over has not spent.
  case endEscrow(NodeID)
  /// Sets money aside for an agent that ends the hold itself.
  case reserve(Reservation)
  /// Spends at once: reserve and settle in one.
  case charge(Charge)
  /// Admits an open spend hold anew, for more, for longer, or both.
  case extend(Extent)
  /// Ends a spend hold with at most its amount spent; the rest goes back.
  case settle(hold: HoldID, amount: Msat)
  /// Ends a spend hold with nothing spent.
  case release(hold: HoldID)
  /// Ends a spend hold whose time has run out.
  case expire(hold: HoldID)
  /// Asks whether an amount would be admitted; changes nothing and makes no event.
  indirect case quote(Quote)
  /// Sets amount and fee limit aside and writes the intent to pay.
  indirect case beginPayment(Payment, by: GrantChain, under: PaymentTerms)
  /// Asks operators about a payment that is not to go without them.
  indirect case askApproval(ApprovalRequest)
  /// An operator's answer.
  case decideApproval(ApprovalDecision)
  /// Last check before the first byte goes to the wallet; without a token, against what is
  /// registered for the nodes, when the daemon itself sends a payment again.
  case sendPayment(hold: HoldID, by: GrantChain?)
  /// Records what became of a payment; `evidence` is what an operator goes by who says so.
  indirect case finishPayment(hold: HoldID, PaymentResult, evidence: String? = nil)
  /// Records that a copy of a credential is handed out.
  indirect case issueCredential(CredentialIssue)
  /// Puts a credential that was paid elsewhere into the vault.
  indirect case importCredential(Credential)
  /// Stops handing out a credential; `reason` is a stable word.
  case retireCredential(CredentialID, reason: String)
  /// Takes a credential out of the vault for good.
  case removeCredential(CredentialID)
  /// Writes to the audit log alone.
  indirect case note(AuditNote)
  /// Takes out subtrees that are over and in a file.
  indirect case archive(Archive)
  /// Records that a stretch of the audit log is in a file; the first of its events leave the
  /// database.
  indirect case archiveLog(LogArchive)
  /// Takes the next events that are in a file out of the database; it makes no event.
  case trimLog
  /// Writes refusals that were counted together.
  indirect case recordRefusals(RefusalCount)
  /// Keeps a signed checkpoint of the audit log; it is no change of the books and makes no event.
  indirect case storeCheckpoint(StoredCheckpoint)
  /// Writes that a process got the top-level grant of this chain, and meets its node.
  indirect case claim(GrantChain, AuditNote)
  /// Puts what another policy bounds in force, and writes who changed it.
  indirect case changePolicy(PolicyChange)
  /// Takes in nothing more that is sealed under the key of this number, until the daemon ends; it
  /// makes no event.
  case closeKey(UInt64)
  /// Puts records that were sealed anew in the place of the old ones.
  indirect case reseal(Resealing)
  /// Writes that the daemon took over other master keys.
  indirect case recordKeys(KeyChange)
  /// Writes that a backup was made.
  indirect case recordBackup(BackupReport, file: String)
  /// Marks a ledger that came out of a backup, and freezes every top-level grant in it.
  indirect case restore(RestoreNote)
  /// Records what the wallet has paid and the restored ledger does not know.
  indirect case compareWallet(WalletListing)
  /// Books one of those, or declares that it is not Purser's.
  indirect case book(Booking)
}

extension Command {
  /// The token that must be in standing for the command, and for its answer to be repeated.
  ///
  /// What is in flight ends whatever became of its token: settling asks for none.
  var chain: GrantChain? {
    switch self {
    case .createGrant(let grant): grant.chain
    case .reserve(let reservation): reservation.chain
    case .charge(let charge): charge.chain
    case .extend(let extent): extent.chain
    case .quote(let quote): quote.chain
    case .beginPayment(_, let chain, _): chain
    case .askApproval(let request): request.chain
    case .issueCredential(let issue): issue.chain
    case .updateLimit(let update): update.chain
    case .claim(let chain, _): chain
    case .sendPayment, .mark, .endEscrow, .settle, .release, .expire, .finishPayment,
      .decideApproval, .importCredential, .retireCredential, .removeCredential, .note,
      .archive, .archiveLog, .trimLog, .recordRefusals, .storeCheckpoint, .changePolicy,
      .closeKey, .reseal, .recordKeys, .recordBackup, .restore, .compareWallet, .book:
      nil
    }
  }
}
