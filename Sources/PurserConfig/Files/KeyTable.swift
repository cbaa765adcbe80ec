internal import LibCrypto
internal import PurserCore

/// What stands in a key file, line by line.
struct KeyTable {
  /// The number, the current one marked, and perhaps the time of a key.
  struct Entry {
    let number: UInt64
    let isCurrent: Bool
    let madeAt: UInt64?
    /// The place of its line in the file, from 0.
    let line: Int
  }

  private(set) var entries: [Entry] = []
  let keyring: Keyring

  private static let madePrefix = "made="
  private static let currentWord = "current"

  /// Reads a whole file.
  init(parsing bytes: [UInt8], path: String) throws(ConfigError) {
    let lines = Self.lines(of: bytes)
    guard let first = lines.first, first.elementsEqual(KeyFile.header.utf8) else {
      throw .keyFile(path: path, line: 1, fault: .notAKeyFile)
    }
    var keys: [UInt64: [UInt8]] = [:]
    for (index, line) in lines.enumerated().dropFirst() {
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      do throws(KeyFileFault) {
        let (entry, key) = try Self.entry(line, at: index)
        guard keys[entry.number] == nil else { throw .repeatedNumber(entry.number) }
        guard keys.count < KeyFile.maximumKeys else { throw .tooManyKeys }
        guard !entry.isCurrent || !entries.contains(where: \.isCurrent) else {
          throw .secondCurrent
        }
        keys[entry.number] = key
        entries.append(entry)
      } catch { throw .keyFile(path: path, line: index + 1, fault: error) }
    }
    guard let current = entries.first(where: \.isCurrent)?.number,
      let keyring = Keyring(keys: keys, currentKeyID: current)
    else { throw .keyFile(path: path, line: lines.count, fault: .noCurrent) }
    self.keyring = keyring
  }

  /// The lines of a file, without their line feeds.
  static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  }

  /// The line of a key, which is not marked current.
  static func line(_ number: UInt64, _ key: [UInt8], madeAt: UInt64?) -> String {
    "\(number) \(Hex.encode(key))" + (madeAt.map { " \(madePrefix)\($0)" } ?? "")
  }

  /// A line without the mark of the current key.
  static func withoutMark(_ line: ArraySlice<UInt8>) -> [UInt8] {
    Array(
      line.split(separator: UInt8(ascii: " ")).filter { !$0.elementsEqual(currentWord.utf8) }
        .joined(separator: [UInt8(ascii: " ")]))
  }

  private static func entry(
    _ line: ArraySlice<UInt8>, at index: Int
  ) throws(KeyFileFault) -> (Entry, key: [UInt8]) {
    var words = line.split(separator: UInt8(ascii: " "))
      .map { String(decoding: $0, as: UTF8.self) }[...]
    guard words.count >= 2, let number = Decimal.parse(words.removeFirst()),
      let key = Hex.decode(words.removeFirst()), key.count == AESGCM.keyLength
    else { throw .notAKey }
    var madeAt: UInt64?
    if let word = words.first, word.hasPrefix(madePrefix) {
      guard let time = Decimal.parse(word.dropFirst(madePrefix.count)) else { throw .notAKey }
      madeAt = time
      words.removeFirst()
    }
    guard words.isEmpty || Array(words) == [currentWord] else { throw .notAKey }
    return (
      Entry(number: number, isCurrent: !words.isEmpty, madeAt: madeAt, line: index), key
    )
  }
}
