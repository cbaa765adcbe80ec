internal import FoundationEssentials
internal import LibCrypto
internal import LibSQLite
internal import PurserCore

/// Where the log in a database begins, and whether that is as it should be: after events that are
/// in archives, the newest of which an event of the log tells of.
struct LogBeginning {
  /// The last event that has left the database.
  let gone: UInt64
  /// Its hash, as it is recorded.
  let head: SHA256Digest
  /// The first event that there is a row of.
  let firstEvent: UInt64?
  /// The archives that the database knows, the oldest first.
  var archives: [LogArchive] = []
  /// Whether the event of the newest archive was met.
  private var isStated = false

  init(gone: UInt64, head: SHA256Digest, firstEvent: UInt64?) {
    self.gone = gone
    self.head = head
    self.firstEvent = firstEvent
  }

  /// Checks the beginning against the archives and the tree, and starts `verifier` there.
  ///
  /// The rows of the tree over what left must make up one another; that they are the right ones
  /// shows at the next checkpoint.
  func check(
    _ connection: SQLiteConnection, _ verifier: inout AuditVerifier
  ) throws(SQLiteError) -> AuditReport.Fault? {
    if let reason = wrongness {
      return AuditReport.Fault(.start, sequence: gone, reason: reason)
    }
    let (tree, treeFault) = try treeOverGone(connection)
    if let treeFault { return treeFault }
    // The newest archive goes further than the beginning while its events are leaving.
    let isInArchive = verifier.events > gone && verifier.events <= archives.last?.last ?? 0
    if !isInArchive, let fault = verifier.begin(after: LogStart(head: head, tree: tree)) {
      return fault
    }
    return try checkOldCheckpoints(connection, &verifier)
  }

  /// What is wrong with the record of the beginning alone.
  private var wrongness: String? {
    guard let newest = archives.last else {
      if gone != 0 { return "no archive has what came before" }
      return head == AuditChain.start ? nil : "its hash is not that of an empty log"
    }
    var last: UInt64 = 0
    for archive in archives {
      guard archive.first == last + 1 else { return "no archive has event \(last + 1)" }
      last = archive.last
    }
    guard gone >= newest.first, gone <= newest.last, gone % LogArchive.block == 0 else {
      return "the newest archive goes from event \(newest.first) to \(newest.last)"
    }
    guard gone < newest.last || head == newest.head else {
      return "its hash is not that at the end of the newest archive"
    }
    return firstEvent ?? .max > gone ? nil : "there are events before it"
  }

  /// The tree over what left, from its smallest rows; the larger ones must be made of these.
  private func treeOverGone(
    _ connection: SQLiteConnection
  ) throws(SQLiteError) -> (tree: MerkleRange, fault: AuditReport.Fault?) {
    var tree = MerkleRange()
    var completed: [MerkleRange.Completed] = []
    var fault: AuditReport.Fault?
    let level = MerkleRange.keptLevels
    try connection.forEachRow(
      "SELECT number, hash FROM tree WHERE level = ?1 AND number < ?2 ORDER BY number",
      [.integer(Int64(level)), .count(gone >> UInt64(level))]
    ) { row throws(SQLiteError) in
      guard try row.count(0) == tree.size >> UInt64(level) else { return false }
      completed.removeAll(keepingCapacity: true)
      tree.append(try row.digest(1), level: level, completed: &completed)
      fault = try connection.treeFault(completed)
      return fault == nil
    }
    if fault == nil, tree.size < gone {
      fault = AuditReport.Fault(
        .tree, sequence: tree.size + LogArchive.block, reason: "it is missing")
    }
    return (tree, fault)
  }

  /// Checks the checkpoints of what left: their signatures, and their roots where rows of the tree
  /// are all that it takes.
  private func checkOldCheckpoints(
    _ connection: SQLiteConnection, _ verifier: inout AuditVerifier
  ) throws(SQLiteError) -> AuditReport.Fault? {
    var fault: AuditReport.Fault?
    let sql = "SELECT size, note FROM checkpoints WHERE size < ?1 ORDER BY size"
    try connection.forEachRow(sql, [.count(gone)]) { row throws(SQLiteError) in
      let stored = StoredCheckpoint(size: try row.count(0), note: row.text(1))
      let isWhole = stored.size % LogArchive.block == 0
      let root = isWhole ? try StoredTree(connection).range(of: stored.size).root : nil
      fault = verifier.check(stored, root: root)
      return fault == nil
    }
    return fault
  }

  /// Takes the next event: one that tells of an archive must fit what the database knows of it.
  mutating func take(_ text: [UInt8], sequence: UInt64) -> AuditReport.Fault? {
    guard text.starts(with: Self.archiveEventStart) else { return nil }
    let event = try? JSONDecoder().decode(ArchiveEvent.self, from: Data(text))
    guard let archive = event?.details.archive, archives.contains(archive) else {
      return AuditReport.Fault(
        .start, sequence: gone,
        reason: "event \(sequence) tells of an archive that the database knows otherwise or not")
    }
    if archive == archives.last { isStated = true }
    return nil
  }

  /// Whether an event told of the newest archive, once all were taken.
  func checkStated() -> AuditReport.Fault? {
    guard let newest = archives.last, !isStated else { return nil }
    return AuditReport.Fault(
      .start, sequence: gone, reason: "no event tells of the archive \(newest.file)")
  }

  /// The canonical text begins so, since members are in the order of their names.
  private static let archiveEventStart = Array("{\"action\":\"audit.archive\",".utf8)

  /// The event of an archive, as far as it is looked at.
  private struct ArchiveEvent: Decodable {
    struct Details: Decodable {
      let file: String
      let first: UInt64
      let head: String
      let last: UInt64
      let sha256: String

      var archive: LogArchive? {
        guard let head = Hex.decode(head).flatMap({ SHA256Digest($0) }) else { return nil }
        return LogArchive(first: first, last: last, head: head, file: file, digest: sha256)
      }
    }

    let details: Details
  }
}
