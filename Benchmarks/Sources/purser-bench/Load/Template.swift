/// The bytes of a request with a ten-digit id and, perhaps, the name of a hold to fill in.
struct Template {
  /// What stands where the name of a hold goes.
  static let holdPlace = String(repeating: "H", count: 32)

  private let bytes: [UInt8]
  private let idOffset: Int?
  private let holdOffset: Int?

  /// The first run of ten digits is the id's place.
  init(_ text: String) {
    bytes = Array(text.utf8)
    idOffset = Self.offset(of: String(JSONRPCWire.firstID), in: text)
    holdOffset = Self.offset(of: Self.holdPlace, in: text)
  }

  private static func offset(of part: String, in text: String) -> Int? {
    text.firstRange(of: part).map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) }
  }

  func append(id: UInt64, hold: HoldName?, to queue: ByteQueue) {
    let place = queue.room(bytes.count)
    bytes.withUnsafeBytes {
      place.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(place), byteCount: $0.count)
    }
    if let idOffset {
      var rest = id
      for digit in stride(from: idOffset + 9, through: idOffset, by: -1) {
        place.storeBytes(
          of: UInt8(truncatingIfNeeded: 0x30 + rest % 10), toByteOffset: digit, as: UInt8.self)
        rest /= 10
      }
    }
    if let holdOffset, let hold {
      place.storeBytes(of: hold, toByteOffset: holdOffset, as: HoldName.self)
    }
    queue.grow(bytes.count)
  }
}
