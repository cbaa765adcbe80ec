/// Looks over a JSON text before it is decoded: what decoders disagree about is refused.
///
/// Of two members with one name some readers take the first and some the last; whoever stands
/// between a client and the daemon must not read another request than the daemon does. What is no
/// JSON at all is left to the decoder.
struct JSONShape {
  /// Why a text is refused.
  enum Fault: Error, Equatable {
    /// More than ``JSONShape/deepest`` arrays and objects inside each other.
    case tooDeep
    /// An object has two members with one name.
    case repeatedName
  }

  /// The deepest nesting; the API's own messages need six levels.
  static let deepest = 32

  /// The names seen so far in each open object; nil for an open array.
  private var open: [Set<[UInt8]>?] = []
  private var isNameNext = false

  /// - Throws: ``Fault``.
  static func check(_ text: [UInt8]) throws(Fault) {
    var shape = JSONShape()
    var index = 0
    while index < text.count {
      if text[index] == UInt8(ascii: "\"") {
        let end = endOfString(in: text, from: index)
        try shape.meetString(text[index..<end])
        index = end
      } else {
        try shape.meet(text[index])
        index += 1
      }
    }
  }

  private mutating func meet(_ byte: UInt8) throws(Fault) {
    switch byte {
    case UInt8(ascii: "{"):
      open.append([])
      isNameNext = true
    case UInt8(ascii: "["):
      open.append(nil)
      isNameNext = false
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      _ = open.popLast()
      isNameNext = false
    case UInt8(ascii: ","): isNameNext = (open.last ?? nil) != nil
    default: break
    }
    guard open.count <= Self.deepest else { throw .tooDeep }
  }

  private mutating func meetString(_ quoted: ArraySlice<UInt8>) throws(Fault) {
    guard isNameNext, !open.isEmpty else { return }
    isNameNext = false
    let isNew = open[open.count - 1]?.insert(Self.name(quoted)).inserted ?? true
    guard isNew else { throw .repeatedName }
  }

  /// The index after the string that starts at `start`, or the end of the text.
  private static func endOfString(in text: [UInt8], from start: Int) -> Int {
    var index = start + 1
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\""): return index + 1
      case UInt8(ascii: "\\"): index += 2
      default: index += 1
      }
    }
    return text.count
  }

  /// A name without its escapes, so that two spellings of one name are the same.
  private static func name(_ quoted: ArraySlice<UInt8>) -> [UInt8] {
    guard quoted.contains(UInt8(ascii: "\\")),
      let name = try? WireJSON.read(String.self, from: [UInt8](quoted))
    else { return [UInt8](quoted.dropFirst().dropLast()) }
    return Array(name.utf8)
  }
}
