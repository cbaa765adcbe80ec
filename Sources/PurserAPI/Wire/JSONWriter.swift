internal import PurserCore

/// Writes JSON byte for byte as ``WireJSON/encode(_:)`` does, without an encoder's cost.
struct JSONWriter {
  /// What was written so far.
  private var bytes: [UInt8] = []

  private static let hexDigits: StaticString = "0123456789abcdef"

  /// Appends to `bytes` what `write` writes, in place.
  static func append(to bytes: inout [UInt8], _ write: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    swap(&json.bytes, &bytes)
    write(&json)
    swap(&json.bytes, &bytes)
  }

  /// Writes text that is JSON already.
  @inline(__always)
  mutating func raw(_ text: StaticString) {
    text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func number(_ value: Int64) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    number(value.magnitude)
  }

  mutating func number(_ value: UInt64) {
    // The digits come out last first: room for the 20 of the greatest number.
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var first = 20
    var rest = value
    repeat {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    for index in first..<20 { bytes.append(digits[index]) }
  }

  /// Writes an id of 16 bytes.
  mutating func identifier<Kind>(_ id: Identifier<Kind>) {
    bytes.append(UInt8(ascii: "\""))
    id.appendHex(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes a text with the escapes that RFC 8259 §7 asks for, and no others.
  mutating func text(_ text: String) {
    var text = text
    bytes.append(UInt8(ascii: "\""))
    text.withUTF8 { utf8 in
      // What needs no escape is copied in runs.
      var start = 0
      for index in utf8.indices where Self.needsEscape(utf8[index]) {
        bytes.append(contentsOf: utf8[start..<index])
        escape(utf8[index])
        start = index + 1
      }
      bytes.append(contentsOf: utf8[start...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw(#"\""#)
    case UInt8(ascii: "\\"): raw(#"\\"#)
    case 0x08: raw(#"\b"#)
    case 0x09: raw(#"\t"#)
    case 0x0a: raw(#"\n"#)
    case 0x0c: raw(#"\f"#)
    case 0x0d: raw(#"\r"#)
    default:
      raw(#"\u00"#)
      bytes.append(Self.hexDigits.utf8Start[Int(byte >> 4)])
      bytes.append(Self.hexDigits.utf8Start[Int(byte & 15)])
    }
  }

  mutating func id(_ id: RPCID) {
    switch id {
    case .number(let number): self.number(number)
    case .text(let text): self.text(text)
    case .null: raw("null")
    }
  }

  mutating func value(_ value: CanonicalJSON) {
    switch value {
    case .integer(let number): self.number(number)
    case .string(let text): self.text(text)
    case .bool(let isTrue): raw(isTrue ? "true" : "false")
    case .array(let values):
      raw("[")
      for (index, value) in values.enumerated() {
        if index > 0 { raw(",") }
        self.value(value)
      }
      raw("]")
    case .object(let members): object(members)
    }
  }

  private mutating func object(_ members: [String: CanonicalJSON]) {
    raw("{")
    for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { raw(",") }
      text(member.key)
      raw(":")
      value(member.value)
    }
    raw("}")
  }
}

extension JSONWriter {
  /// Writes an error object.
  mutating func error(_ error: RPCError) {
    raw(#"{"code":"#)
    number(Int64(error.code))
    raw(#","data":"#)
    object(error.data)
    raw(#","message":"#)
    text(error.message)
    raw("}")
  }
}

extension WireJSON {
  /// Appends the answer to the request `id` that was refused with `error`.
  public static func write(_ error: RPCError, to id: RPCID, into bytes: inout [UInt8]) {
    JSONWriter.append(to: &bytes) { json in
      json.raw(#"{"error":"#)
      json.error(error)
      json.raw(#","id":"#)
      json.id(id)
      json.raw(#","jsonrpc":"2.0"}"#)
    }
  }
}
