internal import CLinux
internal import Glibc

/// Purser's protocol, with requests rendered once for each connection and patched for each use.
struct JSONRPCWire: Wire {
  /// Where a request shows its token.
  enum TokenPlace: String {
    /// In `session.open`, once for each connection.
    case session
    /// In every request.
    case request
  }

  private let openings: [[UInt8]]
  private let reserves: [Template]
  private let settles: [Template]

  /// Ids have ten digits, so that each fits where the last one stood.
  static let firstID: UInt64 = 1_000_000_000

  /// `tokens` has one for each connection.
  init(tokens: [String], place: TokenPlace) {
    openings = tokens.map { token in
      guard place == .session else { return [] }
      return Array(
        #"{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"token":"\#(token)"}}\#n"#.utf8)
    }
    func templates(_ method: String, _ parameters: String) -> [Template] {
      tokens.map { token in
        let shown = place == .request ? #","token":"\#(token)""# : ""
        return Template(
          #"{"jsonrpc":"2.0","id":\#(Self.firstID),"method":"\#(method)","#
            + #""params":{\#(parameters)\#(shown)}}\#n"#)
      }
    }
    reserves = templates("spend.reserve", #""amount_msat":\#(Amounts.reserved),"ttl_s":3600"#)
    settles = templates(
      "spend.settle", #""amount_msat":\#(Amounts.settled),"hold":"\#(Template.holdPlace)""#)
  }

  func opening(connection: Int) -> [UInt8] { openings[connection] }

  func appendReserve(connection: Int, id: UInt64, to queue: ByteQueue) -> HoldName? {
    reserves[connection].append(id: Self.firstID + id, hold: nil, to: queue)
    return nil
  }

  func appendSettle(connection: Int, id: UInt64, hold: HoldName, to queue: ByteQueue) {
    settles[connection].append(id: Self.firstID + id, hold: hold, to: queue)
  }

  func answer(in bytes: UnsafeRawBufferPointer) throws(BenchError) -> WireAnswer? {
    guard let start = bytes.baseAddress, let newline = memchr(start, 0x0a, bytes.count) else {
      return nil
    }
    let line = UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(newline) - start)
    guard let idStart = Self.idMember.end(in: line), Self.resultMember.end(in: line) != nil else {
      throw BenchError("the daemon refused: \(String(decoding: line.prefix(300), as: UTF8.self))")
    }
    var id: UInt64 = 0
    for byte in line[idStart...] {
      guard (0x30...0x39).contains(byte) else { break }
      id = id &* 10 &+ UInt64(byte &- 0x30)
    }
    let settled = Self.settledMember.end(in: line)
    let hold = settled == nil ? Self.holdMember.end(in: line) : nil
    return WireAnswer(
      length: line.count + 1, id: id >= Self.firstID ? id - Self.firstID : nil,
      hold: hold.flatMap { $0 + 32 <= line.count ? $0 : nil }.map {
        line.loadUnaligned(fromByteOffset: $0, as: HoldName.self)
      }, isSettlement: settled != nil)
  }

  private static let idMember = Needle(#""id":"#)
  private static let resultMember = Needle(#""result":"#)
  private static let holdMember = Needle(#""hold":""#)
  private static let settledMember = Needle(#""settled_msat":\#(Amounts.settled)"#)
}

/// A text that is looked for.
struct Needle: @unchecked Sendable {
  private let bytes: UnsafeRawBufferPointer

  /// Needles are made once and kept for the life of the program.
  init(_ text: String) {
    let kept = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
    kept.copyBytes(from: text.utf8)
    bytes = UnsafeRawBufferPointer(kept)
  }

  /// The offset after the first place where the text stands.
  func end(in haystack: UnsafeRawBufferPointer) -> Int? {
    guard let start = haystack.baseAddress, let text = bytes.baseAddress,
      let found = memmem(start, haystack.count, text, bytes.count)
    else { return nil }
    return UnsafeRawPointer(found) - start + bytes.count
  }
}
