internal import FoundationEssentials
internal import LibCrypto
internal import LibSQLite
internal import PurserCore

// How values of the ledger are bound to statements and read from rows.

extension SQLiteValue {
  static func id<Kind>(_ id: Identifier<Kind>) -> SQLiteValue { .blob(id.bytes) }

  static func id<Kind>(_ id: Identifier<Kind>?) -> SQLiteValue { id.map { .id($0) } ?? .null }

  static func amount(_ amount: Msat) -> SQLiteValue { .integer(Int64(amount.value)) }

  static func amount(_ amount: Msat?) -> SQLiteValue { amount.map { .amount($0) } ?? .null }

  static func time(_ time: Timestamp) -> SQLiteValue {
    .integer(Int64(clamping: time.milliseconds))
  }

  static func time(_ time: Timestamp?) -> SQLiteValue { time.map { .time($0) } ?? .null }

  static func count(_ count: UInt64) -> SQLiteValue { .integer(Int64(clamping: count)) }

  /// A list of names as a JSON array: one spelling for one list, whatever is in the names.
  static func names(_ names: [String]) -> SQLiteValue {
    .text(CanonicalJSON.array(names.map { .string($0) }).text)
  }
}

extension SQLiteStatement {
  func bind<Kind>(_ index: Int32, _ id: Identifier<Kind>) {
    let (high, low) = id.words
    bind(index, high, low)
  }

  func bind<Kind>(_ index: Int32, _ id: Identifier<Kind>?) {
    if let id { bind(index, id) } else { bindNull(index) }
  }

  func bind(_ index: Int32, _ amount: Msat) { bind(index, Int64(amount.value)) }

  func bind(_ index: Int32, _ amount: Msat?) {
    if let amount { bind(index, amount) } else { bindNull(index) }
  }

  func bind(_ index: Int32, _ time: Timestamp) { bind(index, count: time.milliseconds) }

  func bind(_ index: Int32, _ time: Timestamp?) {
    if let time { bind(index, time) } else { bindNull(index) }
  }

  func bind(_ index: Int32, count: UInt64) { bind(index, Int64(clamping: count)) }

  func bind(_ index: Int32, count: UInt64?) {
    if let count { bind(index, count: count) } else { bindNull(index) }
  }

  func bind(_ index: Int32, optional text: String?) {
    if let text { bind(index, text) } else { bindNull(index) }
  }

  func bind(_ index: Int32, _ limits: [SpendLimit]) {
    bind(index, limits.map(\.text).joined(separator: " "))
  }
}

extension SQLiteRow {
  func id<Kind>(_ column: Int32) throws(SQLiteError) -> Identifier<Kind> {
    guard let id = Identifier<Kind>(bytes: blob(column)) else { throw .unreadableRow }
    return id
  }

  func optionalID<Kind>(_ column: Int32) throws(SQLiteError) -> Identifier<Kind>? {
    optionalBlob(column) == nil ? nil : try id(column)
  }

  func amount(_ column: Int32) throws(SQLiteError) -> Msat {
    guard let amount = Msat(try count(column)) else { throw .unreadableRow }
    return amount
  }

  func optionalAmount(_ column: Int32) throws(SQLiteError) -> Msat? {
    optionalInteger(column) == nil ? nil : try amount(column)
  }

  func time(_ column: Int32) throws(SQLiteError) -> Timestamp {
    Timestamp(milliseconds: try count(column))
  }

  func optionalTime(_ column: Int32) throws(SQLiteError) -> Timestamp? {
    optionalInteger(column) == nil ? nil : try time(column)
  }

  /// An integer that is not negative.
  func count(_ column: Int32) throws(SQLiteError) -> UInt64 {
    guard let count = UInt64(exactly: integer(column)) else { throw .unreadableRow }
    return count
  }

  func optionalCount(_ column: Int32) throws(SQLiteError) -> UInt64? {
    optionalInteger(column) == nil ? nil : try count(column)
  }

  func digest(_ column: Int32) throws(SQLiteError) -> SHA256Digest {
    guard let digest = SHA256Digest(blob(column)) else { throw .unreadableRow }
    return digest
  }

  /// A word that stands for a case.
  func word<Word: RawRepresentable<String>>(_ column: Int32) throws(SQLiteError) -> Word {
    guard let word = Word(rawValue: text(column)) else { throw .unreadableRow }
    return word
  }

  /// A list of limits, `N` or `N/window`, with spaces between them.
  func limits(_ column: Int32) throws(SQLiteError) -> [SpendLimit] {
    let text = text(column)
    guard !text.isEmpty else { return [] }
    let limits = text.split(separator: " ").map { SpendLimit($0) }
    let known = limits.compactMap { $0 }
    guard known.count == limits.count else { throw .unreadableRow }
    return known
  }

  func names(_ column: Int32) throws(SQLiteError) -> [String] {
    guard let names = try? JSONDecoder().decode([String].self, from: Data(text(column).utf8))
    else { throw .unreadableRow }
    return names
  }
}

extension SQLiteError {
  /// A row that this program did not write, or that was changed since (SQLITE_CORRUPT).
  static let unreadableRow = SQLiteError(code: 11, message: "a row of the ledger cannot be read")
  /// A change of a row that is not there or has its final state (SQLITE_CONSTRAINT).
  static let lostRow = SQLiteError(code: 19, message: "a row to be changed is not in its state")

  /// The refusal of a command that could not be written.
  var writeRefusal: Refusal {
    // SQLITE_FULL.
    let hint = primaryCode == 13 ? "; free some space on the disk" : ""
    return .storage("the ledger could not be written: \(self)\(hint); nothing was changed")
  }

  /// The refusal of a question whose answer could not be read.
  var readRefusal: Refusal { .storage("the ledger could not be read: \(self)") }
}
