/// Asks a seller for a challenge, or whether it takes a credential; the one way to the web.
public protocol SellerConnection: Sendable {
  /// What the seller answers to a request without a credential.
  /// - Throws: ``SellerError``.
  func challenge(of service: Service) async throws(SellerError) -> SellerAnswer
  /// What the seller answers to the same request with a credential.
  ///
  /// `authorization` is the value of the `Authorization` header: a secret.
  /// - Throws: ``SellerError``.
  func present(
    _ authorization: String, to service: Service
  ) async throws(SellerError) -> SellerAnswer
}

/// A seller's answer.
public struct SellerAnswer: Sendable {
  /// The HTTP status.
  public let status: Int
  /// The values of its `WWW-Authenticate` headers.
  public let wwwAuthenticate: [String]

  /// An answer.
  public init(status: Int, wwwAuthenticate: [String]) {
    self.status = status
    self.wwwAuthenticate = wwwAuthenticate
  }
}

/// Why a seller did not answer.
public struct SellerError: Error, Sendable {
  /// What went wrong, without secrets.
  public let reason: String

  /// An error with this reason.
  public init(reason: String) { self.reason = reason }
}
