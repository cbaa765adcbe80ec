internal import LibCrypto

// Taking old events out of the database, once they are in a file.
extension LedgerState {
  /// Records that a stretch of the log is in a file.
  ///
  /// It must begin with the first event that is still in the database, and the archive before it
  /// must have left altogether: so what is in the database begins in the newest archive or right
  /// after it, and the event of that archive is always there.
  func archiveLog(
    _ archive: LogArchive, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    let log = try records.logExtent()
    guard log.archived == log.gone, archive.first == log.gone + 1, archive.last >= archive.first,
      archive.last % LogArchive.block == 0, archive.last <= log.end,
      log.end - archive.last >= LogArchive.tail
    else { throw .conflict("these events were archived meanwhile, or cannot be") }
    step.record(
      "audit.archive", node: nil,
      [
        "file": .string(archive.file), "first": .integer(Int64(clamping: archive.first)),
        "head": .hex(archive.head.bytes), "last": .integer(Int64(clamping: archive.last)),
        "sha256": .string(archive.digest),
      ])
    step.changes.append(.logArchived(archive))
    return .done
  }

  func trimLog(step: inout Step) -> Outcome {
    step.changes.append(.logTrimmed)
    return .done
  }
}
