import PurserCore
import PurserTesting

/// Texts of requests that spend.
enum RequestText {
  static let someHold = "0123456789abcdef0123456789abcdef"

  /// A plain request: members in any order, white space anywhere, with what may be missing or not.
  static func plain(using random: inout SeededGenerator) -> String {
    var members = [
      #""jsonrpc"\#(colon(&random))"2.0""#, #""method"\#(colon(&random))"$M""#,
      #""params"\#(colon(&random))$P"#,
    ]
    if !random.once(in: 4) { members.append(#""id"\#(colon(&random))\#(id(&random))"#) }
    var parameters: [String] = []
    let method: String
    switch Int.random(in: 0..<5, using: &random) {
    case 3:
      method = "spend.charge"
      parameters = [#""amount_msat"\#(colon(&random))\#(amount(&random))"#]
    case 4:
      method = "spend.extend"
      parameters = [#""hold"\#(colon(&random))"\#(hold(&random))""#]
      if random.once(in: 2) {
        parameters.append(#""amount_msat"\#(colon(&random))\#(amount(&random))"#)
      }
      if random.once(in: 2) {
        parameters.append(#""ttl_s"\#(colon(&random))\#(amount(&random))"#)
      }
    case 0:
      method = "spend.reserve"
      parameters = [#""amount_msat"\#(colon(&random))\#(amount(&random))"#]
      if random.once(in: 2) {
        parameters.append(#""ttl_s"\#(colon(&random))\#(amount(&random))"#)
      }
    case 1:
      method = "spend.settle"
      parameters = [
        #""amount_msat"\#(colon(&random))\#(amount(&random))"#,
        #""hold"\#(colon(&random))"\#(hold(&random))""#,
      ]
    default:
      method = "spend.release"
      parameters = [#""hold"\#(colon(&random))"\#(hold(&random))""#]
    }
    if random.once(in: 2) {
      parameters.append(#""token"\#(colon(&random))"\#(ascii(0...300, &random))""#)
    }
    if random.once(in: 2) {
      parameters.append(#""idempotency_key"\#(colon(&random))"\#(ascii(1...128, &random))""#)
    }
    return object(members, &random).replacing("$M", with: method)
      .replacing("$P", with: object(parameters, &random))
  }

  /// Changes a line a little: most often it is no request afterwards.
  static func spoil(_ line: inout [UInt8], using random: inout SeededGenerator) {
    guard !line.isEmpty else { return }
    let place = Int.random(in: line.indices, using: &random)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: line[place] = random.bytes(1)[0]
    case 1: line.remove(at: place)
    case 2: line.insert(marks.randomElement(using: &random) ?? 0, at: place)
    case 3: line.removeSubrange(place...)
    case 4: line.append(contentsOf: line[place...])
    case 5:
      line.insert(
        contentsOf: Array(pieces.randomElement(using: &random)?.utf8 ?? "".utf8), at: place)
    case 6:
      // A piece of the line a second time.
      let end = Int.random(in: place..<min(place + 40, line.count), using: &random)
      line.insert(contentsOf: line[place...end], at: place)
    case 7:
      // A character as its escape.
      line.replaceSubrange(place...place, with: Array("\\u00\(hex(line[place]))".utf8))
    default:
      // White space and letters in names and texts are where most other lines stay requests.
      line[place] = line[place] ^ 0x20
    }
  }

  private static let marks = Array("{}[]\",:\\ \t0123456789-+.eE\u{0}\u{7f}x".utf8)
  private static let pieces = [
    "null", "true", "[[[[", "{\"a\":", "1e999", "-1", "0.5", "99999999999999999999", "\\ud800",
    "\"id\":1,", "\"params\":{},", "\"hold\":\"\(someHold)\",", "é", "\u{2028}", "\"\":0,",
  ]

  private static func object(_ members: [String], _ random: inout SeededGenerator) -> String {
    var text = space(&random) + "{"
    for (index, member) in members.shuffled(using: &random).enumerated() {
      if index > 0 { text += "," }
      text += space(&random) + member + space(&random)
    }
    return text + "}" + space(&random)
  }

  private static func colon(_ random: inout SeededGenerator) -> String {
    space(&random) + ":" + space(&random)
  }

  private static func space(_ random: inout SeededGenerator) -> String {
    guard random.once(in: 8) else { return "" }
    return ["  ", "\t", "\r", "\n"].randomElement(using: &random) ?? ""
  }

  private static func id(_ random: inout SeededGenerator) -> String {
    random.once(in: 2)
      ? "\"\(ascii(0...40, &random))\""
      : String(
        UInt64.random(in: 0...999_999_999_999_999_999, using: &random)
          >> UInt64.random(in: 0..<60, using: &random))
  }

  private static func amount(_ random: inout SeededGenerator) -> String {
    String(random.amount(0...Msat.max.value).value >> UInt64.random(in: 0..<53, using: &random))
  }

  private static func hold(_ random: inout SeededGenerator) -> String {
    (random.id() as HoldID).hex
  }

  private static func ascii(_ lengths: ClosedRange<Int>, _ random: inout SeededGenerator) -> String
  {
    let length = Int.random(in: lengths, using: &random)
    let bytes = (0..<length).map { _ -> UInt8 in
      let byte = UInt8.random(in: 0x20..<0x7f, using: &random)
      // Neither quotes and backslashes nor the marks of this maker's own templates.
      return [0x22, 0x24, 0x5c].contains(byte) ? UInt8(ascii: "a") : byte
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hex(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return text.count == 1 ? "0" + text : text
  }
}
