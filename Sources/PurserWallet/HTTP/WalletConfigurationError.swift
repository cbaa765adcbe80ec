/// Why a wallet cannot be used as it was configured.
public enum WalletConfigurationError: Error, Equatable, Sendable {
  /// Not an `http` or `https` URL of a host, or with a user, a query or a fragment.
  case badURL
  /// Plain `http` to another machine would show the credential to the network.
  case plainHTTP
  /// A key, rune or password is empty, too long, or not visible ASCII.
  case badKey
  /// The file with the macaroon has none in it.
  case badMacaroon
  /// The file with the certificate has none in it, or one is configured for plain `http`.
  case badCertificate
}

extension WalletConfigurationError: CustomStringConvertible {
  /// One line that says what to do.
  public var description: String {
    switch self {
    case .badURL: "the wallet's URL must look like https://wallet.example.com"
    case .plainHTTP: "use https for a wallet on another machine: http shows the credential"
    case .badKey: "a wallet's key, rune or password is one line of visible ASCII"
    case .badMacaroon:
      "the macaroon file has no macaroon: give the file that lncli bakemacaroon wrote"
    case .badCertificate:
      "the certificate file must hold one or more PEM certificates, for a URL with https"
    }
  }
}
