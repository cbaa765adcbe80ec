/// Rows in aligned columns, for people.
///
/// Cells hold text that is safe on a terminal; what others wrote goes into the last column, which
/// is not padded, so that characters of other widths move nothing.
struct TextTable {
  /// One column: its heading, and on which side its cells are flush.
  struct Column {
    let heading: String
    let isNumeric: Bool

    /// Cells that start below the heading.
    static func text(_ heading: String) -> Column { Column(heading: heading, isNumeric: false) }
    /// Cells that end below the heading.
    static func number(_ heading: String) -> Column { Column(heading: heading, isNumeric: true) }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: Column...) { self.columns = columns }

  /// Adds a row of as many cells as there are columns.
  mutating func add(_ cells: String...) {
    precondition(cells.count == columns.count, "a row has a cell for each column")
    rows.append(cells)
  }

  /// The headings and the rows; `whenEmpty` alone when there are no rows.
  func lines(whenEmpty: String) -> [String] {
    guard !rows.isEmpty else { return [whenEmpty] }
    let all = [columns.map(\.heading)] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { cells in
      let line = zip(columns, zip(cells, widths)).enumerated().map { index, part in
        let (column, (cell, width)) = part
        let padding = String(repeating: " ", count: width - cell.count)
        if column.isNumeric { return padding + cell }
        return index == columns.count - 1 ? cell : cell + padding
      }
      return line.joined(separator: "  ")
    }
  }

  /// Lines of a name and a value each, the values flush; those that are nil are left out.
  static func facts(_ facts: [(name: String, value: String?)]) -> [String] {
    let known = facts.compactMap { fact in fact.value.map { (name: fact.name, value: $0) } }
    let width = known.map(\.name.count).max() ?? 0
    return known.map { fact in
      fact.name + String(repeating: " ", count: width + 2 - fact.name.count) + fact.value
    }
  }
}
