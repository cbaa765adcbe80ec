/// Reads bytes from front to back and never past the end.
struct ByteCursor {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  /// The next byte, which stays unread.
  var next: UInt8? { isAtEnd ? nil : bytes[offset] }

  /// Goes past ``next``, if there is one.
  mutating func advance() {
    if !isAtEnd { offset += 1 }
  }

  mutating func readByte() throws(MacaroonError) -> UInt8 {
    guard !isAtEnd else { throw .truncated }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func read(_ count: Int) throws(MacaroonError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - offset else { throw .truncated }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  func expectEnd() throws(MacaroonError) {
    guard isAtEnd else { throw .trailingBytes }
  }
}
