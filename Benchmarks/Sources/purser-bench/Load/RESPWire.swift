internal import Glibc

/// Redis's protocol: the two operations are scripts that the server has already.
struct RESPWire: Wire {
  private let reserves: [Template]
  private let settles: [Template]
  /// Names of one run are not those of another.
  private let run = UInt64.random(in: 0...UInt64.max)

  /// `digests` are those of the scripts, 40 hex digits each.
  init(connections: Int, middles: Int, digests: (reserve: String, settle: String)) {
    func templates(_ digest: String, _ arguments: [String]) -> [Template] {
      (0..<connections).map { leaf in
        Template(
          RESP.command(
            ["EVALSHA", digest, "5", "leaf:\(leaf)", "middle:\(leaf % middles)", "top"]
              + ["hold:\(Template.holdPlace)", "audit"] + arguments))
      }
    }
    reserves = templates(digests.reserve, ["\(Amounts.reserved)", "3600000"])
    settles = templates(digests.settle, ["\(Amounts.settled)"])
  }

  func opening(connection: Int) -> [UInt8] { [] }

  func appendReserve(connection: Int, id: UInt64, to queue: ByteQueue) -> HoldName? {
    let hold = name(connection: connection, id: id)
    reserves[connection].append(id: 0, hold: hold, to: queue)
    return hold
  }

  func appendSettle(connection: Int, id: UInt64, hold: HoldName, to queue: ByteQueue) {
    settles[connection].append(id: 0, hold: hold, to: queue)
  }

  func answer(in bytes: UnsafeRawBufferPointer) throws(BenchError) -> WireAnswer? {
    guard let start = bytes.baseAddress, let newline = memchr(start, 0x0a, bytes.count) else {
      return nil
    }
    let length = UnsafeRawPointer(newline) - start + 1
    let line = UnsafeRawBufferPointer(start: start, count: length)
    let isSettlement = Self.settled.end(in: line) != nil
    try require(
      isSettlement || Self.reserved.end(in: line) != nil,
      "Redis refused: \(String(decoding: line, as: UTF8.self))")
    return WireAnswer(length: length, id: nil, hold: nil, isSettlement: isSettlement)
  }

  private static let reserved = Needle("+RESERVED")
  private static let settled = Needle("+SETTLED")
  private static let hexDigits = Array("0123456789abcdef".utf8)
  /// A name that no other request has, spread as random ones are.
  private func name(connection: Int, id: UInt64) -> HoldName {
    var high = (UInt64(connection) << 40 | id) &* 0x9e37_79b9_7f4a_7c15
    var low = run ^ high
    var name = HoldName()
    for index in 0..<16 {
      name[index] = Self.hexDigits[Int(high & 15)]
      name[index + 16] = Self.hexDigits[Int(low & 15)]
      high >>= 4
      low >>= 4
    }
    return name
  }
}

/// How commands are written in Redis's protocol.
enum RESP {
  static func command(_ words: [String]) -> String {
    "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
  }
}
