/// Reads the fields of a message whose fields all have a length, as strings and messages have.
struct ProtobufReader {
  struct Field {
    let number: UInt64
    let bytes: ArraySlice<UInt8>
  }

  /// More than any identifier has.
  private static let maximumLength = 65_536

  private var rest: ArraySlice<UInt8>
  private var isBroken = false

  /// Nil for a message that is too long.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count <= Self.maximumLength else { return nil }
    rest = bytes
  }

  /// Whether the message was read to its end.
  var isDone: Bool { rest.isEmpty && !isBroken }

  /// The next field; nil at the end, and at a field of another kind.
  mutating func next() -> Field? {
    guard !rest.isEmpty, !isBroken else { return nil }
    guard let key = number(), key & 7 == 2, let length = number(), length <= UInt64(rest.count)
    else {
      isBroken = true
      return nil
    }
    let bytes = rest.prefix(Int(length))
    rest = rest.dropFirst(Int(length))
    return Field(number: key >> 3, bytes: bytes)
  }

  /// A number of 7 bits a byte, the least significant first.
  private mutating func number() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
