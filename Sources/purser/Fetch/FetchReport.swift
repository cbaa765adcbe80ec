internal import FoundationEssentials
internal import PurserAPI
internal import PurserCore

/// What became of one URL, for programs; members that say nothing are left out.
struct FetchReport: Encodable {
  /// The URL that answered last.
  var url: String
  /// Its status.
  var status: Int?
  /// How many bytes of the body were written, decoded; for a resumed file those of this time.
  var size: UInt64 = 0
  /// How long it all took.
  var durationMs: UInt64 = 0
  /// What was paid for it, routing included.
  var paidMsat = Msat.zero
  /// The service whose credential was used.
  var service: String?
  /// The credential that was used, by its id.
  var credential: CredentialID?
  /// How many redirects were followed.
  var redirects: Int?
  var contentType: String?
  /// Where the body is.
  var file: String?
  /// From which byte on it was resumed.
  var resumedFrom: UInt64?
  /// The body, where it went nowhere else and is text.
  var body: String?
  /// The body, where it went nowhere else and is no text.
  var bodyBase64: String?
  /// Whether the body is too long to stand here.
  var bodyOmitted: Bool?
  /// What it would cost, with `--no-pay`.
  var quote: ChallengeQuote.Reply?
  /// Why it was not fetched.
  var error: ErrorReport.Body?

  enum CodingKeys: String, CodingKey {
    case url, status, size, service, credential, redirects, file, body, quote, error
    case durationMs = "duration_ms"
    case paidMsat = "paid_msat"
    case contentType = "content_type"
    case resumedFrom = "resumed_from"
    case bodyBase64 = "body_base64"
    case bodyOmitted = "body_omitted"
  }

  /// The longest body that stands in a report, in bytes.
  static let longestBody = 1 << 20

  /// Puts in a body that went nowhere else; nil for one that is too long.
  mutating func put(_ collected: [UInt8]?) {
    guard let collected else {
      bodyOmitted = true
      return
    }
    if let text = String(validating: collected, as: UTF8.self) {
      body = text
    } else {
      bodyBase64 = Data(collected).base64EncodedString()
    }
  }
}
