/// The one of `candidates` that was probably meant by `word`, or nil when none is like it.
///
/// Like it is one that a third of the letters, at most, differ from, or of which one is the start
/// of the other.
func nearest(to word: String, among candidates: [String]) -> String? {
  let maximumLength = 64
  let letters = normalized(word)
  guard (1...maximumLength).contains(letters.count) else { return nil }
  let distances = candidates.map { candidate in
    (candidate, editDistance(letters, normalized(candidate)))
  }
  let allowed = max(1, letters.count / 3)
  if let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= allowed { return best.0 }
  guard letters.count >= 3 else { return nil }
  return candidates.first {
    let other = normalized($0)
    return other.starts(with: letters) || letters.starts(with: other)
  }
}

/// Lower-case letters and digits: `Price-Ceiling` is `price_ceiling` to people.
private func normalized(_ word: String) -> [UInt8] {
  word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
}

/// How many letters must be put in, taken out, replaced, or swapped with their neighbour.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for (row, letter) in left.enumerated() {
    var current = [row + 1]
    for (column, other) in right.enumerated() {
      var best = min(
        last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
      if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
        best = min(best, beforeLast[column - 1] + 1)
      }
      current.append(best)
    }
    (beforeLast, last) = (last, current)
  }
  return last[right.count]
}
