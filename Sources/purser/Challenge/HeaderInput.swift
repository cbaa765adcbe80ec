internal import ArgumentParser
internal import Foundation
internal import L402

/// The `WWW-Authenticate` values on a stream, one per line.
struct HeaderInput {
  /// The number of the line, from 1.
  let number: Int
  let value: String

  /// As many bytes as the headers of one response may have together, and no more.
  static let byteLimit = L402Limits.headerCount * L402Limits.headerLength

  static func read(from handle: FileHandle) throws -> [HeaderInput] {
    let bytes = try handle.read(upToCount: byteLimit + 1) ?? Data()
    guard bytes.count <= byteLimit else {
      throw ValidationError("standard input is longer than \(byteLimit) bytes")
    }
    return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
      .map { HeaderInput(number: $0 + 1, value: value(of: String(decoding: $1, as: UTF8.self))) }
  }

  private static func value(of line: String) -> String {
    var line = line[...]
    if line.utf8.last == UInt8(ascii: "\r") { line = Substring(line.utf8.dropLast()) }
    let name = "www-authenticate:"
    guard line.prefix(name.count).lowercased() == name else { return String(line) }
    return String(line.dropFirst(name.count))
  }
}
