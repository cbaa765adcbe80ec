/// The name under which a server offers the protocol.
///
/// The protocol was called LSAT before; sellers that offer that name often accept no other, so a
/// credential is presented under the name of the challenge that it answers.
public enum L402Scheme: String, Sendable, CaseIterable {
  /// The current name.
  case l402 = "L402"
  /// The name before 2023.
  case lsat = "LSAT"

  /// The scheme that `name` spells in any case (RFC 9110 §11.1), or nil for another scheme.
  public init?(named name: some StringProtocol) {
    switch name.lowercased() {
    case "l402": self = .l402
    case "lsat": self = .lsat
    default: return nil
    }
  }
}
