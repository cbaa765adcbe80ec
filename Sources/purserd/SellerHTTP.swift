internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import PurserCore
internal import PurserServer

/// Asks sellers over HTTP from the origins of the policy, and from nowhere else.
struct SellerHTTP: SellerConnection {
  let client: HTTPClient

  private static let timeout = TimeAmount.seconds(20)

  /// No redirect is followed: it could lead to an origin that the policy does not name.
  static var configuration: HTTPClient.Configuration {
    HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .seconds(90)))
  }

  func challenge(of service: Service) async throws(SellerError) -> SellerAnswer {
    try await ask(service, authorization: nil)
  }

  func present(
    _ authorization: String, to service: Service
  ) async throws(SellerError) -> SellerAnswer {
    try await ask(service, authorization: authorization)
  }

  private func ask(
    _ service: Service, authorization: String?
  ) async throws(SellerError) -> SellerAnswer {
    guard let origin = service.origins.first else {
      throw SellerError(reason: "the policy names no origin")
    }
    var request = HTTPClientRequest(url: origin + service.challengePath)
    request.headers.add(name: "accept", value: "*/*")
    if let authorization { request.headers.add(name: "authorization", value: authorization) }
    do {
      // The body is not read: what counts stands in the headers.
      let response = try await client.execute(request, timeout: Self.timeout)
      return SellerAnswer(
        status: Int(response.status.code),
        wwwAuthenticate: response.headers["www-authenticate"])
    } catch let error as HTTPClientError {
      throw SellerError(reason: error.shortDescription)
    } catch {
      throw SellerError(reason: "the connection failed or the answer was not HTTP")
    }
  }
}
