internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import PurserCore

/// The HTTP side: an answer to every request, and a line in the log.
struct PaywallServer: Sendable {
  let resources: [Resource]
  let till: Till
  let log: AccessLog

  func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.get("**") { request, _ in await answer(request) }
    return router
  }

  private func answer(_ request: Request) async -> Response {
    let path = String(request.uri.path.prefix(256))
    guard let resource = resources.first(where: { $0.path == path }) else {
      log.write(.init(path: path, status: 404, reason: "no_such_resource"))
      return Self.json(.notFound, Refusal(reason: "no_such_resource"))
    }
    let verdict = till.examine(
      authorization: request.headers[values: .authorization], for: resource)
    switch verdict {
    case .admitted(let ticket):
      log.write(.init(path: path, status: 200, ticket: ticket, reason: "ok"))
      return Self.json(.ok, text: resource.content)
    case .refused(let reason, let ticket):
      return await demandPayment(for: resource, reason, shown: ticket)
    }
  }

  /// Like the reference seller: whatever is wrong with a token, the answer is a new offer.
  private func demandPayment(
    for resource: Resource, _ reason: RefusalReason, shown: Till.Ticket?
  ) async -> Response {
    do {
      let offer = try await till.challenge(for: resource)
      log.write(
        .init(
          path: resource.path, status: 402, ticket: shown ?? offer.ticket,
          reason: reason.rawValue))
      var response = Self.json(
        .paymentRequired, Refusal(reason: reason.rawValue, priceMsat: resource.price))
      response.headers[.wwwAuthenticate] = offer.header
      response.headers[.cacheControl] = "no-store"
      return response
    } catch {
      log.write(
        .init(path: resource.path, status: 503, ticket: shown, reason: "no_invoice"))
      return Self.json(.serviceUnavailable, Refusal(reason: "no_invoice"))
    }
  }

  private struct Refusal: Encodable {
    let reason: String
    var priceMsat: Msat?

    enum CodingKeys: String, CodingKey {
      case reason
      case priceMsat = "price_msat"
    }
  }

  private static func json(_ status: HTTPResponse.Status, _ body: Refusal) -> Response {
    let data = (try? JSONEncoder().encode(body)) ?? Data()
    return json(status, text: String(decoding: data, as: UTF8.self))
  }

  private static func json(_ status: HTTPResponse.Status, text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: ByteBuffer(string: text + "\n")))
  }
}

extension AccessLog.Entry {
  fileprivate init(path: String, status: Int, ticket: Till.Ticket? = nil, reason: String) {
    self.init(
      path: path, status: status, tokenID: ticket?.tokenID, paymentHash: ticket?.paymentHash,
      reason: reason)
  }
}

extension HTTPResponse.Status {
  /// RFC 9110 §15.5.3, which the library does not name.
  fileprivate static var paymentRequired: Self {
    .init(code: 402, reasonPhrase: "Payment Required")
  }
}
