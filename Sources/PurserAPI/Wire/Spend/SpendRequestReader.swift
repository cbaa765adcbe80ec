internal import PurserCore

extension WireJSON {
  /// Reads a request of a method that spends in one pass, when it is written as programs usually
  /// write it.
  ///
  /// Nil for everything else, right or wrong: any other method, batches, escapes, text that is not
  /// ASCII, unknown or repeated members, numbers that are not plain or out of range. The decoder
  /// then reads the line, so that every error has one source.
  public static func spendRequest(in line: Span<UInt8>) -> SpendRequest? {
    SpendRequestReader.read(line)
  }
}

/// Collects the members of one request, in whatever order they come.
private struct SpendRequestReader {
  private enum Method {
    case reserve, charge, extend, settle, release
  }

  /// A token longer than this is left to the decoder, and to a task of its own: checking one of
  /// hundreds of caveats would hold up the other connections of the event loop.
  private static let longestToken = 4096

  private var json = PlainJSON()
  private var hasVersion = false
  private var method: Method?
  private var hasParameters = false
  private var id: RPCID?
  private var token: Range<Int>?
  private var key: Range<Int>?
  private var amount: Msat?
  private var seconds: UInt64?
  private var hold: HoldID?

  static func read(_ line: Span<UInt8>) -> SpendRequest? {
    var reader = SpendRequestReader()
    guard reader.readMembers(of: line, { $0.readMember($1, in: line) }) else { return nil }
    reader.json.skipSpace(in: line)
    guard reader.json.position == line.count else { return nil }
    return reader.request(in: line)
  }

  /// Reads an object; `read` takes the value of the member whose name stands in the range.
  @inline(__always)
  private mutating func readMembers(
    of line: Span<UInt8>, _ read: (inout SpendRequestReader, Range<Int>) -> Bool
  ) -> Bool {
    guard json.take(UInt8(ascii: "{"), in: line) else { return false }
    while true {
      guard let name = json.text(in: line), json.take(UInt8(ascii: ":"), in: line),
        read(&self, name), let hasNext = json.hasNextMember(in: line)
      else { return false }
      if !hasNext { return true }
    }
  }

  private mutating func readMember(_ name: Range<Int>, in line: Span<UInt8>) -> Bool {
    if line.spells("jsonrpc", in: name) {
      guard !hasVersion, let version = json.text(in: line) else { return false }
      hasVersion = line.spells("2.0", in: version)
      return hasVersion
    }
    if line.spells("id", in: name) {
      guard id == nil else { return false }
      id = readID(in: line)
      return id != nil
    }
    if line.spells("method", in: name) {
      guard method == nil, let text = json.text(in: line) else { return false }
      method = Self.method(text, in: line)
      return method != nil
    }
    if line.spells("params", in: name) {
      guard !hasParameters else { return false }
      hasParameters = true
      return readMembers(of: line) { $0.readParameter($1, in: line) }
    }
    return false
  }

  private mutating func readID(in line: Span<UInt8>) -> RPCID? {
    var ahead = json
    if let text = ahead.text(in: line) {
      json = ahead
      return .text(line.text(in: text))
    }
    return json.number(in: line).map { .number(Int64($0)) }
  }

  private static func method(_ name: Range<Int>, in line: Span<UInt8>) -> Method? {
    if line.spells("spend.reserve", in: name) { return .reserve }
    if line.spells("spend.settle", in: name) { return .settle }
    if line.spells("spend.release", in: name) { return .release }
    if line.spells("spend.charge", in: name) { return .charge }
    if line.spells("spend.extend", in: name) { return .extend }
    return nil
  }

  private mutating func readParameter(_ name: Range<Int>, in line: Span<UInt8>) -> Bool {
    if line.spells("amount_msat", in: name) {
      guard amount == nil, let number = json.number(in: line) else { return false }
      amount = Msat(number)
      return amount != nil
    }
    if line.spells("hold", in: name) {
      guard hold == nil, let text = json.text(in: line) else { return false }
      hold = HoldID(hexDigits: line.extracting(text))
      return hold != nil
    }
    if line.spells("token", in: name) {
      guard token == nil, let text = json.text(in: line), text.count <= Self.longestToken else {
        return false
      }
      token = text
      return true
    }
    if line.spells("idempotency_key", in: name) {
      guard key == nil, let text = json.text(in: line),
        CallOptions.keyLengths.contains(text.count)
      else { return false }
      key = text
      return true
    }
    if line.spells("ttl_s", in: name) {
      guard seconds == nil else { return false }
      seconds = json.number(in: line)
      return seconds != nil
    }
    return false
  }

  /// The request, when it has what its method takes and nothing else.
  private func request(in line: Span<UInt8>) -> SpendRequest? {
    guard hasVersion, let call else { return nil }
    return SpendRequest(
      id: id, call: call, token: token.map { line.bytes(in: $0) },
      idempotencyKey: key.map { line.text(in: $0) })
  }

  private var call: SpendCall? {
    switch (method, amount, seconds, hold) {
    case (.reserve, let amount?, let seconds, nil):
      .reserve(.init(amountMsat: amount, ttlSeconds: seconds))
    case (.charge, let amount?, nil, nil): .charge(.init(amountMsat: amount))
    case (.extend, let amount, let seconds, let hold?):
      .extend(.init(hold: hold, amountMsat: amount, ttlSeconds: seconds))
    case (.settle, let amount?, nil, let hold?): .settle(.init(hold: hold, amountMsat: amount))
    case (.release, nil, nil, let hold?): .release(.init(hold: hold))
    default: nil
    }
  }
}
