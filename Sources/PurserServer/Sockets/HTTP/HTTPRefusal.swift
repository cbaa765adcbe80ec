internal import NIOHTTP1
internal import PurserAPI

/// Why a request of HTTP does not reach the API; whoever sent it may read why in the answer's body.
struct HTTPRefusal: Error {
  let status: HTTPResponseStatus
  let explanation: String
  var headers: [(name: String, value: String)] = []

  init(
    _ status: HTTPResponseStatus, _ explanation: String,
    headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.explanation = explanation
    self.headers = headers
  }

  /// The body: an error of JSON-RPC, as for a line that is no request.
  var body: [UInt8] { RequestHandler.refusal(.invalidRequest(explanation)) }

  static let malformed = HTTPRefusal(.badRequest, "the request is not HTTP/1.1 as RFC 9112 has it")
  static let late = HTTPRefusal(.requestTimeout, "the request was not finished in time")

  static func tooLong(_ bound: Int) -> HTTPRefusal {
    HTTPRefusal(.payloadTooLarge, "a body has at most \(bound) bytes")
  }
}
