internal import Yams

/// A place in a file, from line 1 and column 1.
struct Position: Comparable {
  var line: Int
  var column: Int

  static let start = Position(line: 1, column: 1)

  init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  init(_ mark: Mark?) {
    self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  static func < (left: Position, right: Position) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// What is found to be wrong, or to be warned of, while files are read; reading goes on, so that
/// people see all of it at once.
final class MistakeLog {
  /// The most mistakes that one error carries.
  static let maximumShown = 20
  /// The most that are kept for sorting; a file can have very many.
  private static let maximumKept = 1000

  /// What the logs of several files have in common.
  private final class Book {
    var kept: [(file: Int, mistake: Mistake)] = []
    var warnings: [(file: Int, warning: PolicyWarning)] = []
    var count = 0
    var files = 0
  }

  /// The file that mistakes are in.
  let file: String
  private let number: Int
  private let book: Book
  private var count = 0

  /// The log of one file.
  convenience init(file: String) { self.init(file: file, Book()) }

  private init(file: String, _ book: Book) {
    self.file = file
    self.book = book
    number = book.files
    book.files += 1
  }

  /// The log of another file that is read together with this one, after it.
  func beside(file: String) -> MistakeLog { MistakeLog(file: file, book) }

  /// Whether nothing is wrong with this file.
  var isEmpty: Bool { count == 0 }

  func add(_ fault: Mistake.Fault, at position: Position, key: String = "") {
    count += 1
    book.count += 1
    guard book.kept.count < Self.maximumKept else { return }
    book.kept.append(
      (
        number,
        Mistake(file: file, line: position.line, column: position.column, key: key, fault: fault)
      ))
  }

  func warn(_ reason: PolicyWarning.Reason, at position: Position, key: String) {
    guard book.warnings.count < Self.maximumKept else { return }
    book.warnings.append(
      (
        number,
        PolicyWarning(
          file: file, line: position.line, column: position.column, key: key, reason: reason)
      ))
  }

  /// What is warned of in all files, in their order.
  var warnings: [PolicyWarning] {
    book.warnings.sorted {
      ($0.file, $0.warning.line, $0.warning.column) < ($1.file, $1.warning.line, $1.warning.column)
    }.map(\.warning)
  }

  /// `value`, which was read with nothing found wrong in any file; else throws what was found.
  ///
  /// A reader gives nil only for what it has put down here.
  func finish<Value>(_ value: Value?) throws(ConfigError) -> Value {
    if book.count == 0, let value { return value }
    // The sort is stable: mistakes of one place stay in the order in which they were found.
    let sorted = book.kept.sorted {
      ($0.file, $0.mistake.line, $0.mistake.column) < ($1.file, $1.mistake.line, $1.mistake.column)
    }
    let shown = sorted.prefix(Self.maximumShown).map(\.mistake)
    throw .mistakes(shown, omitted: book.count - shown.count)
  }
}
