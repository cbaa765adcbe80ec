/// Cuts what arrives into lines, none longer than a bound.
struct LineSplitter {
  struct TooLong: Error {}

  private let maximumLength: Int
  private var rest: [UInt8] = []

  init(maximumLength: Int) { self.maximumLength = maximumLength }

  /// The lines that `bytes` completes, without their line breaks and without empty ones.
  mutating func lines(adding bytes: some Collection<UInt8>) throws(TooLong) -> [[UInt8]] {
    var found: [[UInt8]] = []
    for part in bytes.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      if part.offset > 0, !rest.isEmpty {
        found.append(rest)
        rest = []
      }
      guard rest.count + part.element.count <= maximumLength else { throw TooLong() }
      rest += part.element
    }
    return found
  }

  /// What came after the last line break.
  var last: [UInt8] { rest }
}
