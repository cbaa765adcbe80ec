internal import NIOHTTP1

/// One request of the chain that a URL leads to.
struct Hop {
  var url: FetchURL
  var method: HTTPMethod
  var headers: HTTPHeaders
  var body: [UInt8]?

  /// The most redirects that are followed for one URL.
  static let mostRedirects = 20

  /// Headers that are for the origin they were given for, and for no other.
  private static let secretHeaders = [
    "authorization", "cookie", "proxy-authorization", "macaroon",
  ]

  /// The request that an answer with `status` and `location` asks for; nil when it is no redirect.
  ///
  /// The method changes as in RFC 9110 §15.4: after 303 to GET, and after 301 and 302 from POST to
  /// GET. What may be a secret stays behind when the origin changes.
  /// - Throws: ``FetchFailure`` when the location cannot be followed.
  func following(status: Int, location: String?) throws(FetchFailure) -> Hop? {
    guard [301, 302, 303, 307, 308].contains(status), let location else { return nil }
    guard let next = url.resolving(location) else {
      throw FetchFailure(
        .failed, "redirect",
        "\(url.origin) redirects to something that is no http or https URL")
    }
    var hop = self
    hop.url = next
    let becomesGet = status == 303 && method != .HEAD || status < 303 && method == .POST
    if becomesGet {
      hop.method = .GET
      hop.body = nil
      for name in ["content-type", "content-length", "content-encoding"] {
        hop.headers.remove(name: name)
      }
    }
    if next.origin != url.origin {
      for name in Self.secretHeaders { hop.headers.remove(name: name) }
    }
    return hop
  }
}
