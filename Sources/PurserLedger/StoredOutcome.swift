internal import LibSQLite
internal import PurserCore

/// An outcome in columns: a word, the id that it is about, and two numbers.
///
/// Columns and not JSON, since this is written with every command that has an idempotency key, and
/// since the pruning of old answers asks for purchases.
struct StoredOutcome {
  let word: String
  let subject: [UInt8]?
  let first: UInt64?
  let second: UInt64?

  static let columns = "outcome, subject, first, second"
  /// The word of ``Outcome/purchasing(hold:)``.
  static let purchasing = "purchasing"

  init(_ outcome: Outcome) {
    switch outcome {
    case .created(let node): self.init("created", node.bytes)
    case .limited(let node, let limit): self.init("limited", node.bytes, limit.value)
    case .marked(let node): self.init("marked", node.bytes)
    case .reserved(let hold, let amount, let expiresAtMs):
      self.init("reserved", hold.bytes, amount.value, expiresAtMs)
    case .ended(let hold, let settled, let released):
      self.init("ended", hold.bytes, settled.value, released.value)
    case .quoted(let room): self.init("quoted", nil, room?.value)
    case .purchasing(let hold): self.init(Self.purchasing, hold.bytes)
    case .issued(let credential): self.init("issued", credential.bytes)
    case .asked(let approval): self.init("asked", approval.bytes)
    case .done: self.init("done", nil)
    }
  }

  private init(
    _ word: String, _ subject: [UInt8]?, _ first: UInt64? = nil, _ second: UInt64? = nil
  ) {
    self.word = word
    self.subject = subject
    self.first = first
    self.second = second
  }

  /// Reads the four columns from `column` on.
  init(_ row: borrowing SQLiteRow, from column: Int32) throws(SQLiteError) {
    self.init(
      row.text(column), row.optionalBlob(column + 1), try row.optionalCount(column + 2),
      try row.optionalCount(column + 3))
  }

  /// The four values, in the order of ``columns``.
  var values: [SQLiteValue] {
    [.text(word), .optional(subject), .optional(first), .optional(second)]
  }

  func outcome() throws(SQLiteError) -> Outcome {
    switch word {
    case "created": .created(node: try id())
    case "limited": .limited(node: try id(), limit: try amount(first))
    case "marked": .marked(node: try id())
    case "reserved":
      .reserved(hold: try id(), amount: try amount(first), expiresAtMs: try number(second))
    case "ended":
      .ended(hold: try id(), settled: try amount(first), released: try amount(second))
    case "quoted": .quoted(room: try first.map { value throws(SQLiteError) in try amount(value) })
    case Self.purchasing: .purchasing(hold: try id())
    case "issued": .issued(credential: try id())
    case "asked": .asked(approval: try id())
    case "done": .done
    default: throw .unreadableRow
    }
  }

  private func id<Kind>() throws(SQLiteError) -> Identifier<Kind> {
    guard let subject, let id = Identifier<Kind>(bytes: subject) else { throw .unreadableRow }
    return id
  }

  private func number(_ value: UInt64?) throws(SQLiteError) -> UInt64 {
    guard let value else { throw .unreadableRow }
    return value
  }

  private func amount(_ value: UInt64?) throws(SQLiteError) -> Msat {
    guard let amount = Msat(try number(value)) else { throw .unreadableRow }
    return amount
  }
}
