internal import NIOCore

/// What a connection sent and nobody has taken yet, cut into lines.
struct LineBuffer {
  /// The bytes; those of the line that ``nextLine()`` found come first.
  private(set) var bytes = ByteBuffer()
  /// How many of them are known to hold no line feed.
  private var scanned = 0

  /// How many bytes there are.
  var count: Int { bytes.readableBytes }

  /// Adds what was read.
  ///
  /// Lines stay where they arrived: only the rest of a line that was begun before is copied.
  mutating func append(_ incoming: ByteBuffer) {
    guard count > 0 else {
      bytes = incoming
      return
    }
    var incoming = incoming
    bytes.writeBuffer(&incoming)
  }

  /// The length of the next whole line, without its line feed.
  mutating func nextLine() -> Int? {
    let view = bytes.readableBytesView
    let start = view.index(view.startIndex, offsetBy: scanned)
    guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = view.count
      return nil
    }
    scanned = 0
    return view.distance(from: view.startIndex, to: end)
  }

  /// Goes past a line of this length, and its line feed.
  mutating func skipLine(_ length: Int) { bytes.moveReaderIndex(forwardBy: length + 1) }

  /// Takes out a line of this length, and its line feed.
  mutating func takeLine(_ length: Int) -> [UInt8] {
    defer { bytes.moveReaderIndex(forwardBy: 1) }
    return bytes.readBytes(length: length) ?? []
  }

  /// Lets go of the room of lines that were taken.
  mutating func compact() {
    if count == 0 {
      clear()
    } else {
      bytes.discardReadBytes()
    }
  }

  /// Forgets everything.
  mutating func clear() {
    bytes = ByteBuffer()
    scanned = 0
  }
}
