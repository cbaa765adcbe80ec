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

/// What is found to be wrong while one file is read; reading goes on, so that people see all of it
/// at once.
final class MistakeLog {
  /// The most mistakes that one error carries.
  static let maximumShown = 20
  /// The most that are kept for sorting; a file can have very many.
  private static let maximumKept = 1000

  private let file: String
  private var kept: [Mistake] = []
  private var count = 0

  init(file: String) { self.file = file }

  var isEmpty: Bool { count == 0 }

  func add(_ fault: Mistake.Fault, at position: Position, key: String = "") {
    count += 1
    guard kept.count < Self.maximumKept else { return }
    kept.append(
      Mistake(
        file: file, line: position.line, column: position.column, key: key, fault: fault))
  }

  /// `value`, which was read with nothing found wrong; else throws what was found.
  ///
  /// A reader gives nil only for what it has put down here.
  func finish<Value>(_ value: Value?) throws(ConfigError) -> Value {
    if isEmpty, let value { return value }
    // The sort is stable: mistakes of one place stay in the order in which they were found.
    let sorted = kept.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    let shown = Array(sorted.prefix(Self.maximumShown))
    throw .mistakes(shown, omitted: count - shown.count)
  }
}
