import LibCrypto
import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

/// The reader of spend requests beside the decoder, on texts of every kind.
@Suite struct SpendReadingTests {
  /// What the decoder makes of a line, as far as the reader says it too; nil for what the reader
  /// must leave alone.
  private struct Reading: Equatable {
    let id: RPCID?
    let method: String
    let options: CallOptions
    let digest: [UInt8]
  }

  private let table: MethodTable

  init() throws { table = MethodTable(try TestDaemon().coordinator) }

  private func decoded(_ line: [UInt8]) -> Reading? {
    let message = try? WireJSON.decode(
      IncomingMessage.self, from: line, userInfo: [IncomingRequest.tableKey: table])
    guard case .single(let request) = message, case .success(let call) = request.call else {
      return nil
    }
    return Reading(
      id: request.id, method: call.method, options: call.options, digest: call.digest())
  }

  private func read(_ line: [UInt8]) -> Reading? {
    WireJSON.spendRequest(in: line.span).map { request in
      Reading(
        id: request.id, method: request.call.method,
        options: CallOptions(
          token: request.token.map { String(decoding: $0, as: UTF8.self) },
          idempotencyKey: request.idempotencyKey),
        digest: SHA256.hash(WireJSON.parameters(of: request.call)))
    }
  }

  /// What is read is what the decoder reads.
  private func expectAgreement(_ line: [UInt8], _ comment: Comment) {
    guard let read = read(line) else { return }
    #expect(read == decoded(line), comment)
  }

  @Test func `a plain request is read as the decoder reads it`() {
    for seed in 0..<2000 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let line = Array(RequestText.plain(using: &random).utf8)
      let reading = read(line)
      #expect(reading != nil, "seed \(seed): \(String(decoding: line, as: UTF8.self))")
      #expect(reading == decoded(line), "seed \(seed): \(String(decoding: line, as: UTF8.self))")
    }
  }

  @Test func `what is read of a spoilt request the decoder reads as well`() {
    var readings = 0
    for seed in 0..<15_000 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var line = Array(RequestText.plain(using: &random).utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        RequestText.spoil(&line, using: &random)
      }
      if read(line) != nil { readings += 1 }
      expectAgreement(line, "seed \(seed): \(String(decoding: line, as: UTF8.self))")
    }
    // Many spoilt lines are requests still: the comparison had something to compare.
    #expect(readings > 500)
  }

  @Test func `no beginning of a request is read`() {
    for seed in 0..<20 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let text = RequestText.plain(using: &random)
      let end = text.lastIndex(of: "}") ?? text.startIndex
      let line = Array(text[...end].utf8)
      for length in line.indices {
        #expect(read(Array(line[..<length])) == nil, "seed \(seed), \(length) bytes")
      }
      #expect(read(line) != nil)
    }
  }

  @Test(arguments: [
    // Other things than requests, and other methods.
    "", " ", "[]", "{}", "null", "1", #""x""#, #"{"jsonrpc":"2.0","id":1,"method":"system.info"}"#,
    // Batches.
    #"[{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"}}]"#,
    // Escapes and what is not ASCII, in names and in values.
    #"{"jsonrpc":"2.0","id":1,"m\u0065thod":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":"é","method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":"\ud83d\ude00","method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":"\ud83d","method":"spend.release","params":{"hold":"$H"}}"#,
    // Members that are there twice, that are missing, that nobody knows.
    #"{"jsonrpc":"2.0","id":1,"id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H","hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"},"params":{}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","method":"spend.release","params":{}}"#,
    #"{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"token":"","token":"","hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release"}"#,
    #"{"id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"},"more":1}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H","more":1}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H","amount_msat":1}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.settle","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.settle","params":{"hold":"$H","amount_msat":1,"ttl_s":1}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"hold":"$H","amount_msat":1}}"#,
    // Values of another type, out of range, or of another spelling.
    #"{"jsonrpc":"1.0","id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":2.0,"id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":null,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":-0,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":01,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1.0,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1e3,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1000000000000000000,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":["$H"]}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":null}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$Ha"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"ABCDEF00000000000000000000000000"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H","token":null}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H","idempotency_key":""}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":9007199254740992}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":-1}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":1.0}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":1E0}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":"1"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.reserve","params":{"amount_msat":1,"ttl_s":null}}"#,
    // What is no JSON.
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"}}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"},}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H",}}"#,
    #"{,"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0" "id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"}} {}"#,
    #"{'jsonrpc':"2.0","id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
    "\u{feff}" + #"{"jsonrpc":"2.0","id":1,"method":"spend.release","params":{"hold":"$H"}}"#,
  ])
  func `what is not plain is left to the decoder`(text: String) {
    let line = Array(text.replacing("$H", with: RequestText.someHold).utf8)
    #expect(read(line) == nil)
  }

  @Test func `bytes that are no UTF-8, and controls, are left to the decoder`() {
    let text =
      #"{"jsonrpc":"2.0","id":"?","method":"spend.release","params":{"hold":"\#(RequestText.someHold)"}}"#
    let line = Array(text.utf8)
    let place = line.firstIndex(of: UInt8(ascii: "?")) ?? 0
    for byte in UInt8.min ... .max {
      var changed = line
      changed[place] = byte
      let isPlain = (0x20..<0x7f).contains(byte) && ![0x22, 0x5c].contains(byte)
      #expect((read(changed) != nil) == isPlain, "byte \(byte)")
      expectAgreement(changed, "byte \(byte)")
    }
  }

  @Test func `a token too long to be checked on the event loop is left to a task`() {
    let line = { (length: Int) in
      let token = String(repeating: "t", count: length)
      return Array(
        #"{"jsonrpc":"2.0","method":"spend.reserve","params":{"amount_msat":1,"token":"\#(token)"}}"#
          .utf8)
    }
    #expect(read(line(4096)) != nil)
    #expect(read(line(4097)) == nil)
  }
}
