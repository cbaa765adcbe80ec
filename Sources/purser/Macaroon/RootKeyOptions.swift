internal import ArgumentParser
internal import Glibc
internal import LibCrypto

/// Where a root key comes from.
struct RootKeyOptions: ParsableArguments {
  private static let greatestFileBytes = 8_192

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A file with the root key in hex; '-' for standard input.", valueName: "path"))
  var rootKeyFile: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The root key in hex, for test keys: other users see arguments.", valueName: "hex"))
  var rootKey: String?

  /// Whether reading the key uses up standard input.
  var usesStandardInput: Bool { rootKeyFile == "-" }

  func validate() throws {
    guard (rootKeyFile == nil) != (rootKey == nil) else {
      throw ValidationError("give one of --root-key-file and --root-key")
    }
    if let rootKey, Hex.decode(rootKey)?.isEmpty != false {
      throw ValidationError("--root-key is not an even number of hex digits")
    }
  }

  /// The root key.
  /// - Throws: ``CommandFailure`` when the file cannot be read or does not hold one line of hex.
  func read() throws -> [UInt8] {
    if let rootKey, let key = Hex.decode(rootKey) { return key }
    let path = rootKeyFile ?? "-"
    let descriptor = path == "-" ? LineReader.standardInput : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure(
        "cannot open \(Terminal.sanitized(path)): \(String(cString: strerror(errno)))",
        hint: "--root-key-file takes the path of a file with the key in hex, or '-'")
    }
    defer { if descriptor != LineReader.standardInput { close(descriptor) } }
    var reader = LineReader(descriptor: descriptor, limit: Self.greatestFileBytes)
    guard case .bytes(let line) = try reader.next(), try reader.next() == nil,
      let key = Hex.decode(String(decoding: line, as: UTF8.self).trimmed), !key.isEmpty
    else {
      throw CommandFailure(
        "the root key file does not hold one line of hex",
        hint: "write the key as hex digits, two for each byte")
    }
    return key
  }
}

extension String {
  /// Without the white space at both ends.
  fileprivate var trimmed: Substring {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...last]
  }
}
