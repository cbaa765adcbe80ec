internal import Glibc

/// Reads lines from a file descriptor and keeps no more than one bounded line in memory.
struct LineReader {
  /// One line of input.
  enum Line: Equatable {
    /// The bytes before the newline.
    case bytes([UInt8])
    /// A line over the limit, which was skipped.
    case tooLong
  }

  static let standardInput: Int32 = 0

  private let descriptor: Int32
  private let limit: Int
  private var chunk: [UInt8] = []
  private var position = 0

  /// Reads from `descriptor` lines of at most `limit` bytes.
  init(descriptor: Int32 = standardInput, limit: Int) {
    self.descriptor = descriptor
    self.limit = limit
  }

  /// The next line, or nil at the end; a last line need not end with a newline.
  /// - Throws: ``CommandFailure`` when reading fails.
  mutating func next() throws -> Line? {
    var line: [UInt8] = []
    var isTooLong = false
    var hasBytes = false
    while try fill() {
      hasBytes = true
      let rest = chunk[position...]
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      let piece = rest[..<(end ?? rest.endIndex)]
      if line.count + piece.count > limit { isTooLong = true }
      if !isTooLong { line += piece }
      position = end.map { $0 + 1 } ?? rest.endIndex
      if end != nil { break }
    }
    guard hasBytes else { return nil }
    return isTooLong ? .tooLong : .bytes(line)
  }

  /// Makes sure that there is an unread byte; false at the end of the input.
  private mutating func fill() throws -> Bool {
    guard position == chunk.count else { return true }
    var count = 0
    chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, initialized in
      repeat {
        count = read(descriptor, buffer.baseAddress, buffer.count)
      } while count < 0 && errno == EINTR
      initialized = max(count, 0)
    }
    position = 0
    guard count >= 0 else { throw CommandFailure("the input cannot be read") }
    return count > 0
  }
}
