/// Finds the end of one JSON object in what arrives, within a bound.
struct ObjectReader {
  /// Why there is no object.
  enum Problem: Error {
    case tooLong
    case notAnObject
  }

  private let maximumLength: Int
  private var bytes: [UInt8] = []
  private var depth = 0
  private var isInText = false
  private var isEscaped = false

  init(maximumLength: Int) { self.maximumLength = maximumLength }

  /// The object, once `more` completes it; what follows it is left out.
  mutating func object(adding more: some Collection<UInt8>) throws(Problem) -> [UInt8]? {
    for byte in more {
      if bytes.isEmpty {
        if byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { continue }
        guard byte == UInt8(ascii: "{") else { throw .notAnObject }
      }
      guard bytes.count < maximumLength else { throw .tooLong }
      bytes.append(byte)
      note(byte)
      if depth == 0 { return bytes }
    }
    return nil
  }

  private mutating func note(_ byte: UInt8) {
    if isInText {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInText = false
      }
      return
    }
    switch byte {
    case UInt8(ascii: "\""): isInText = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
    default: break
    }
  }
}
