internal import LibCrypto
public import Macaroons

/// An offer to sell: a token that becomes valid once its invoice is paid.
///
/// `WWW-Authenticate: L402 version="0", token="…", invoice="…"` (L402, protocol-specification.md,
/// "HTTP Protocol Flow"), or `macaroon=` in place of `token=` as before.
public struct L402Challenge: Sendable, Equatable {
  /// The name the server offered it under, and wants it answered under.
  public let scheme: L402Scheme
  /// The token as the server spelled it: visible ASCII, at most ``L402Limits/tokenLength`` bytes.
  public let tokenText: String
  /// What that text stands for.
  public let token: L402Token
  /// The BOLT 11 invoice as sent, not decoded: visible ASCII.
  public let invoice: String
  /// The `version` parameter, nil when there is none.
  ///
  /// Only `0` is known; what to make of another one is the caller's choice.
  public let version: String?

  /// The macaroon, or nil when the token is none.
  public var macaroon: Macaroon? { token.macaroon }

  /// What the macaroon's identifier says, or nil when it is not the 66-byte form of version 0,
  /// so that nothing binds the token to the invoice.
  public var identifier: L402Identifier? {
    macaroon.flatMap { try? L402Identifier(decoding: $0.identifier) }
  }

  /// A challenge for a macaroon, as a seller makes it.
  /// - Throws: ``L402Error/macaroonTooLarge``, ``L402Error/unpresentableToken``,
  ///   ``L402Error/missingInvoice`` or ``L402Error/badInvoiceText``.
  public init(
    scheme: L402Scheme = .l402, macaroon: Macaroon, format: MacaroonFormat = .v2, invoice: String
  ) throws(L402Error) {
    let bytes = try L402Token.serialize(macaroon, format)
    let text = Base64.encode(bytes, .standard)
    guard L402Token.isPresentable(text) else { throw .unpresentableToken }
    try Self.check(invoice: invoice)
    self.scheme = scheme
    self.tokenText = text
    self.token = .macaroon(macaroon, format)
    self.invoice = invoice
    self.version = "0"
  }

  /// Reads the parameters of one challenge; unknown ones are ignored, as the protocol demands.
  init(scheme: L402Scheme, parameters: [RawChallenge.Parameter]) throws(L402Error) {
    let token = try Self.text(of: "token", in: parameters)
    let macaroon = try Self.text(of: "macaroon", in: parameters)
    guard let text = token ?? macaroon else { throw .missingToken }
    guard L402Token.isPresentable(text) else { throw .unpresentableToken }
    let parsed = L402Token(text: text)
    if let macaroon, macaroon != text, L402Token(text: macaroon) != parsed {
      throw .conflictingTokens
    }
    let invoice = try Self.text(of: "invoice", in: parameters) ?? ""
    try Self.check(invoice: invoice)
    let version = try Self.text(of: "version", in: parameters)
    if let version {
      guard version.utf8.count <= L402Limits.versionLength,
        version.utf8.allSatisfy({ $0.isVisibleASCII })
      else { throw .badVersion }
    }
    self.scheme = scheme
    self.tokenText = text
    self.token = parsed
    self.invoice = invoice
    self.version = version
  }

  /// The value of a `WWW-Authenticate` header that makes this offer.
  ///
  /// Under the current name it says `macaroon="…", invoice="…", version="0", token="…"`: old
  /// clients, the reference one among them, match the first two in just this order right after
  /// the scheme, and the specification now wants the last two. Under the old name, whose clients
  /// are older than both, it says the first two only.
  /// - Parameter scheme: The name to offer it under, the challenge's own unless given.
  public func headerValue(as scheme: L402Scheme? = nil) -> String {
    let name = scheme ?? self.scheme
    let token = Self.quoted(tokenText)
    let common = "\(name.rawValue) macaroon=\(token), invoice=\(Self.quoted(invoice))"
    return switch name {
    case .l402: "\(common), version=\(Self.quoted(version ?? "0")), token=\(token)"
    case .lsat: common
    }
  }

  private static func check(invoice: String) throws(L402Error) {
    guard !invoice.isEmpty else { throw .missingInvoice }
    guard invoice.utf8.count <= L402Limits.invoiceLength,
      invoice.utf8.allSatisfy({ $0.isVisibleASCII })
    else { throw .badInvoiceText }
  }

  /// The value of the parameter `name`, nil when it is absent or empty.
  private static func text(
    of name: String, in parameters: [RawChallenge.Parameter]
  ) throws(L402Error) -> String? {
    let values = parameters.filter { $0.name == name }
    guard values.count <= 1 else { throw .repeatedParameter(name) }
    guard let value = values.first?.value, !value.isEmpty else { return nil }
    return String(decoding: value, as: UTF8.self)
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
    return "\"\(String(escaped))\""
  }
}
