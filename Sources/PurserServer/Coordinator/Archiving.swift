internal import PurserAPI
public import PurserCore

// Taking what is long over out of the ledger.
extension Coordinator {
  /// An invoice that was paid under an archived grant has expired by then, so that it cannot be
  /// paid a second time without anybody knowing of the first.
  private static let shortestAge: UInt64 = 86_400
  /// The most grants that one command takes out, so that nobody waits long behind it.
  private static let grantsPerCommand: UInt64 = 4096

  func archive(
    _ parameters: LedgerArchive.Parameters, by caller: Caller
  ) async throws(Refusal) -> LedgerArchive.Reply {
    let end = try endOfArchive(parameters.olderThanSeconds)
    guard let file = try ledger.writeArchive(endedBefore: end) else {
      return LedgerArchive.Reply(file: nil, grants: 0, holds: 0)
    }
    var batch: [NodeID] = []
    var size: UInt64 = 0
    for root in file.roots {
      batch.append(root.id)
      size += root.grants
      guard size >= Self.grantsPerCommand else { continue }
      try await takeOut(batch, in: file, by: caller)
      (batch, size) = ([], 0)
    }
    if !batch.isEmpty { try await takeOut(batch, in: file, by: caller) }
    return LedgerArchive.Reply(file: file.path, grants: file.grants, holds: file.holds)
  }

  private func takeOut(
    _ roots: [NodeID], in file: ArchiveFile, by caller: Caller
  ) async throws(Refusal) {
    let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
    _ = try await submit(
      .archive(Archive(roots: roots, file: name, digest: file.digest)), by: caller)
  }

  /// The time that lies `age` seconds back.
  private func endOfArchive(_ age: UInt64) throws(Refusal) -> Timestamp {
    guard (Self.shortestAge...Msat.max.value).contains(age) else {
      throw .invalid("older_than_s is at least \(Self.shortestAge), a day")
    }
    let now = ledger.now().seconds
    return Timestamp(seconds: now - min(now, age))
  }
}

// The same for the audit log.
extension Coordinator {
  func archiveLog(
    _ parameters: AuditArchive.Parameters, by caller: Caller
  ) async throws(Refusal) -> AuditArchive.Reply {
    let end = try endOfArchive(parameters.olderThanSeconds)
    try await trimLog()
    guard let head = try ledger.archivableLog(before: end) else { return .nothing }
    // It is what whoever has the file alone checks it with.
    try await sign(head)
    let (path, archive) = try ledger.writeLogArchive(upTo: head.size, keys: auditKeys.all)
    _ = try await submit(.archiveLog(archive), by: caller)
    try await trimLog()
    return AuditArchive.Reply(path: path, archive)
  }

  /// Takes out of the database what is left there of events that are in an archive: a daemon that
  /// was killed meanwhile leaves some.
  ///
  /// A part at a time, so that nobody waits long behind it.
  /// - Throws: ``Refusal``; what is left goes the next time.
  public func trimLog() async throws(Refusal) {
    while case let log = try ledger.logExtent(), log.gone < log.archived {
      _ = try await ledger.submit(
        LedgerRequest(actor: .daemon, command: .trimLog), from: Self.daemonSource)
    }
  }
}
