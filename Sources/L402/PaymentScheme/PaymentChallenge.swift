/// A challenge of the Payment scheme: the offer to serve one request for one payment.
///
/// `WWW-Authenticate: Payment id="…", realm="…", method="…", intent="…", request="…"`
/// (draft-httpauth-payment-01, "Challenge"). Every parameter goes back with the credential just as
/// it came.
public struct PaymentChallenge: Sendable, Equatable {
  /// The name of the scheme.
  public static let scheme = "Payment"

  /// What the server knows it by; not empty.
  public let id: String
  /// The protection space.
  public let realm: String
  /// The payment method, such as `lightning`.
  public let method: String
  /// What the payment is for, such as `charge`.
  public let intent: String
  /// What the method needs, as base64url of JSON, just as it was sent.
  public let request: String
  /// When the challenge ends, as RFC 3339 has it; nil when it does not say.
  public let expires: String?
  /// The digest that the request's body must have (RFC 9530); nil for none.
  public let digest: String?
  /// What is sold, for people; nil for none.
  public let description: String?
  /// What the server wants back; nil for none.
  public let opaque: String?

  /// Unix seconds at which the challenge ends; nil when it does not say.
  public let expiresAtSeconds: UInt64?

  /// A challenge with these parameters, as a server sends it.
  /// - Throws: ``PaymentSchemeError/missing(_:)`` for an empty one that must be there, and
  ///   ``PaymentSchemeError/malformed(_:)`` for `expires` that is no RFC 3339 time.
  public init(
    id: String, realm: String, method: String, intent: String, request: String,
    expires: String? = nil, digest: String? = nil, description: String? = nil,
    opaque: String? = nil
  ) throws(PaymentSchemeError) {
    let required = [
      ("id", id), ("realm", realm), ("method", method), ("intent", intent), ("request", request),
    ]
    for (name, value) in required where value.isEmpty { throw .missing(name) }
    expiresAtSeconds = try expires.map { text throws(PaymentSchemeError) in
      guard let seconds = RFC3339.seconds(text) else { throw .malformed("expires") }
      return seconds
    }
    self.id = id
    self.realm = realm
    self.method = method
    self.intent = intent
    self.request = request
    self.expires = expires
    self.digest = digest
    self.description = description
    self.opaque = opaque
  }

  /// Reads the parameters of one challenge: of one that is repeated the first counts, so that
  /// nobody on the way can override the server's by adding another; unknown ones are ignored.
  init(parameters: [RawChallenge.Parameter]) throws(PaymentSchemeError) {
    func text(_ name: String) throws(PaymentSchemeError) -> String? {
      guard let value = parameters.first(where: { $0.name == name })?.value else { return nil }
      // It goes back as it came, so it must be text.
      guard let text = String(validating: value, as: UTF8.self) else { throw .malformed(name) }
      return text.isEmpty ? nil : text
    }
    // Draft 01 lets a server ask for `Payment-Authorization`; a client without it must not answer.
    guard try text("header") == nil else { throw .otherField }
    try self.init(
      id: try text("id") ?? "", realm: try text("realm") ?? "", method: try text("method") ?? "",
      intent: try text("intent") ?? "", request: try text("request") ?? "",
      expires: try text("expires"), digest: try text("digest"),
      description: try text("description"), opaque: try text("opaque"))
  }

  /// The parameters in the order in which servers send them, without those that it does not have.
  var parameters: [(name: String, value: String)] {
    let all: [(String, String?)] = [
      ("id", id), ("realm", realm), ("method", method), ("intent", intent), ("request", request),
      ("expires", expires), ("digest", digest), ("description", description), ("opaque", opaque),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }

  /// The value of a `WWW-Authenticate` header that makes this offer.
  public func headerValue() -> String {
    let texts = parameters.map { name, value in
      "\(name)=\"\(value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }.string)\""
    }
    return "\(Self.scheme) \(texts.joined(separator: ", "))"
  }

  /// The challenge as a credential echoes it.
  public var echo: PaymentJSON {
    .object(Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, .string($0.value)) }))
  }

  /// Reads what ``echo`` made.
  /// - Throws: ``PaymentSchemeError``.
  public init(echo: PaymentJSON) throws(PaymentSchemeError) {
    guard case .object(let members) = echo else { throw .malformed("challenge") }
    func text(_ name: String) throws(PaymentSchemeError) -> String? {
      guard let value = members[name] else { return nil }
      guard let text = value.text else { throw .malformed(name) }
      return text
    }
    try self.init(
      id: try text("id") ?? "", realm: try text("realm") ?? "", method: try text("method") ?? "",
      intent: try text("intent") ?? "", request: try text("request") ?? "",
      expires: try text("expires"), digest: try text("digest"),
      description: try text("description"), opaque: try text("opaque"))
  }
}

extension [Character] {
  fileprivate var string: String { String(self) }
}
