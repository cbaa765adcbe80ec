internal import LibSQLite
public import PurserCore

// What would become of a hold, by the rules that admit one, and by what is committed.
extension SQLiteLedger {
  /// What the ledger says to `question` of the holder of `chain` now, within `bounds`.
  ///
  /// Nothing is changed, and the writer is not held up.
  /// - Throws: ``Refusal/storage(_:)`` when the disk cannot be read.
  public func examine(
    _ chain: GrantChain, for question: LedgerQuestion, bounds: LedgerState.Bounds
  ) throws(Refusal) -> LedgerFindings {
    let now = now()
    let found: Result<LedgerFindings, Refusal> = try readers.read {
      connection throws(SQLiteError) in
      var marks: [(NodeID, NodeMark)] = []
      for level in chain.levels {
        let sql = "SELECT state, set_by FROM marks WHERE node = ?1"
        marks += try connection.rows(sql, [.id(level.node)]) { row throws(SQLiteError) in
          (level.node, try NodeMark(row, from: 0))
        }
      }
      var state = LedgerState(marks: marks, bounds: bounds, calendar: calendar)
      let records = WriterRecords(connection)
      do throws(Refusal) {
        return .success(try state.examine(chain, for: question, at: now, records: records))
      } catch { return .failure(error) }
    }
    return try found.get()
  }
}
