/// The lines that join a tree's rows, as `tree(1)` draws them.
enum TreeDrawing {
  /// What stands before each of the rows, which come depth first, each with its depth from 0.
  ///
  /// Rows of depth 0 have nothing before them. A row that is more than one deeper than the row
  /// before it is drawn as one deeper.
  static func prefixes(depths: [Int]) -> [String] {
    var depths = depths
    for index in depths.indices {
      let deepest = index == 0 ? 0 : depths[index - 1] + 1
      depths[index] = min(max(depths[index], 0), deepest)
    }
    // From the last row to the first: which depths have another row below, before a shallower one.
    var continues: [Bool] = []
    var prefixes: [String] = []
    for depth in depths.reversed() {
      continues += Array(repeating: false, count: max(0, depth + 1 - continues.count))
      continues.removeSubrange((depth + 1)...)
      if depth == 0 {
        prefixes.append("")
      } else {
        let bars = continues[1..<depth].map { $0 ? "│  " : "   " }.joined()
        prefixes.append(bars + (continues[depth] ? "├─ " : "└─ "))
      }
      continues[depth] = true
    }
    return prefixes.reversed()
  }
}
