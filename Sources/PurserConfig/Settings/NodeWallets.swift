/// How a node of lnd is reached.
public struct LNDConfiguration: Sendable, Equatable {
  /// `https://host[:port]`, or plain `http` on a loopback host.
  public var origin: String
  /// The file with the macaroon, as `lncli bakemacaroon` writes it.
  public var macaroonFile: String
  /// The file with lnd's certificate, which alone is trusted then; nil for what the system trusts.
  public var certificateFile: String?

  /// A node at `origin`.
  public init(origin: String, macaroonFile: String, certificateFile: String? = nil) {
    self.origin = origin
    self.macaroonFile = macaroonFile
    self.certificateFile = certificateFile
  }
}

/// How a node of Core Lightning is reached.
public enum CoreLightningConfiguration: Sendable, Equatable {
  /// By the socket `lightning-rpc` at this path, which lets Purser do everything.
  case socket(String)
  /// By clnrest at `origin`, with the rune in a file, and if there is one with the certificate that
  /// alone is trusted.
  case rest(origin: String, runeFile: String, certificateFile: String?)
}

/// How phoenixd is reached.
public struct PhoenixdConfiguration: Sendable, Equatable {
  /// `https://host[:port]`, or plain `http` on a loopback host.
  public var origin: String
  /// The file with its `http-password`.
  public var passwordFile: String

  /// A wallet at `origin`.
  public init(origin: String, passwordFile: String) {
    self.origin = origin
    self.passwordFile = passwordFile
  }
}
