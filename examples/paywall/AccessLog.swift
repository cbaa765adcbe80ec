internal import FoundationEssentials
internal import Glibc

/// One line of JSON for each request; it names tokens by their ids and never holds a secret.
struct AccessLog: Sendable {
  /// What happened to one request.
  struct Entry: Encodable {
    var time = Date().formatted(.iso8601)
    let path: String
    let status: Int
    /// The token that was shown, or the one that the challenge offers.
    var tokenID: String?
    var paymentHash: String?
    /// `ok`, or why there was no content.
    let reason: String

    enum CodingKeys: String, CodingKey {
      case time, path, status, reason
      case tokenID = "token_id"
      case paymentHash = "payment_hash"
    }
  }

  private let file: Int32

  /// Appends to the file at `path`, or writes to standard error when that is nil.
  init(path: String?) throws {
    guard let path else {
      file = STDERR_FILENO
      return
    }
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw PaywallError("cannot open the access log \(path)") }
  }

  func write(_ entry: Entry) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard var line = try? encoder.encode(entry) else { return }
    line.append(UInt8(ascii: "\n"))
    // One call for each line, so that lines do not mix.
    _ = line.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
  }
}
