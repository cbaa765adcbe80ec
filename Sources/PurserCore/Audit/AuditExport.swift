internal import LibCrypto

/// An audit log in a file: one JSON object a line.
///
/// An event is `{"event":…,"hash":"…","seq":…}`, where what `event` holds is the canonical text to
/// the byte; a checkpoint is `{"checkpoint":"…","size":…}` after the last event that it is about.
/// A file that does not begin with the first event, and every archive, has a first line
/// `{"follows":{"hash":"…","peaks":["…"],"size":…}}` that states what came before; that of an
/// archive also says up to which event it goes: `,"until":…`.
public enum AuditExport {
  /// The longest line that is read, in bytes.
  public static let maximumLineLength = 1 << 20

  /// One line.
  public enum Line: Sendable, Equatable {
    /// An event: its number, its canonical text and its hash.
    case event(sequence: UInt64, text: [UInt8], hash: [UInt8])
    /// A signed checkpoint.
    case checkpoint(StoredCheckpoint)
    /// What came before, and the last event of the file where that is known.
    case follows(LogStart, until: UInt64?)

    /// Reads a line without its line feed; nil when it is none of these.
    public init?(_ line: [UInt8]) {
      var rest = line[...]
      guard line.count <= AuditExport.maximumLineLength,
        rest.drop(last: "}")
      else { return nil }
      if rest.drop(first: "{\"follows\":{\"hash\":\"") {
        self.init(follows: rest)
        return
      }
      guard let number = rest.popNumber() else { return nil }
      if rest.drop(first: "{\"event\":") {
        self.init(event: rest, sequence: number)
      } else {
        self.init(checkpoint: rest, size: number)
      }
    }

    private init?(event line: ArraySlice<UInt8>, sequence: UInt64) {
      var rest = line
      guard rest.drop(last: "\",\"seq\":"),
        let hash = Hex.decode(String(decoding: rest.suffix(64), as: UTF8.self))
      else { return nil }
      rest.removeLast(64)
      guard rest.drop(last: ",\"hash\":\"") else { return nil }
      self = .event(sequence: sequence, text: Array(rest), hash: hash)
    }

    private init?(follows line: ArraySlice<UInt8>) {
      var rest = line
      var until: UInt64?
      if rest.last != UInt8(ascii: "}") {
        until = rest.popNumber()
        guard until != nil, rest.drop(last: ",\"until\":") else { return nil }
      }
      guard rest.drop(last: "}"), let size = rest.popNumber(), rest.drop(last: "],\"size\":"),
        let head = rest.popDigest(), rest.drop(first: "\",\"peaks\":[")
      else { return nil }
      var peaks: [SHA256Digest] = []
      while !rest.isEmpty {
        guard peaks.isEmpty || rest.drop(first: ","), rest.drop(first: "\""),
          let peak = rest.popDigest(), rest.drop(first: "\"")
        else { return nil }
        peaks.append(peak)
      }
      guard let tree = MerkleRange(size: size, peaks: peaks) else { return nil }
      self = .follows(LogStart(head: head, tree: tree), until: until)
    }

    private init?(checkpoint line: ArraySlice<UInt8>, size: UInt64) {
      var rest = line
      guard rest.drop(first: "{\"checkpoint\":\""), rest.drop(last: "\",\"size\":"),
        let bytes = Self.unescaped(rest), let note = String(validating: bytes, as: UTF8.self)
      else { return nil }
      self = .checkpoint(StoredCheckpoint(size: size, note: note))
    }

    /// The line, without a line feed.
    public var bytes: [UInt8] {
      switch self {
      case .event(let sequence, let text, let hash):
        Array("{\"event\":".utf8) + text
          + ",\"hash\":\"\(Hex.encode(hash))\",\"seq\":\(sequence)}".utf8
      case .checkpoint(let checkpoint):
        Array(
          """
          {"checkpoint":\(CanonicalJSON.string(checkpoint.note).text),"size":\(checkpoint.size)}
          """.utf8)
      case .follows(let start, let until): Self.bytes(of: start, until: until)
      }
    }

    private static func bytes(of start: LogStart, until: UInt64?) -> [UInt8] {
      let peaks = start.tree.peaks.map { "\"\(Hex.encode($0.bytes))\"" }.joined(separator: ",")
      let end = until.map { ",\"until\":\($0)" } ?? ""
      return Array(
        """
        {"follows":{"hash":"\(Hex.encode(start.head.bytes))","peaks":[\(peaks)],\
        "size":\(start.size)}\(end)}
        """.utf8)
    }

    /// Undoes the escapes that the text of a note can need.
    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
      var bytes: [UInt8] = []
      var rest = text
      while let byte = rest.popFirst() {
        guard byte != UInt8(ascii: "\"") else { return nil }
        guard byte == UInt8(ascii: "\\") else {
          bytes.append(byte)
          continue
        }
        switch rest.popFirst() {
        case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
        default: return nil
        }
      }
      return bytes
    }
  }
}

extension ArraySlice<UInt8> {
  /// Takes `text` away from the start, where it is.
  mutating func drop(first text: String) -> Bool {
    guard starts(with: text.utf8) else { return false }
    removeFirst(text.utf8.count)
    return true
  }

  /// Takes `text` away from the end, where it is.
  mutating func drop(last text: String) -> Bool {
    guard suffix(text.utf8.count).elementsEqual(text.utf8) else { return false }
    removeLast(text.utf8.count)
    return true
  }

  /// Takes 64 lower-case hex digits away from the start.
  fileprivate mutating func popDigest() -> SHA256Digest? {
    let text = String(decoding: prefix(64), as: UTF8.self)
    guard let bytes = Hex.decode(text), Hex.encode(bytes) == text, let digest = SHA256Digest(bytes)
    else { return nil }
    removeFirst(64)
    return digest
  }

  /// Takes a decimal without leading zeros, at most 2^53−1, away from the end.
  mutating func popNumber() -> UInt64? {
    var value: UInt64 = 0
    var place: UInt64 = 1
    var digits = 0
    var first: UInt8 = 0
    while let byte = last, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      guard digits < 16 else { return nil }
      first = byte
      value += UInt64(byte - UInt8(ascii: "0")) * place
      place *= 10
      digits += 1
      removeLast()
    }
    guard digits == 1 || digits > 1 && first != UInt8(ascii: "0") else { return nil }
    return value < 1 << 53 ? value : nil
  }
}
