/// The wallets that are nodes of one's own, as the starter's configuration has them.
extension Starter {
  static func lnd(_ node: LNDConfiguration) -> String {
    """
    # A node of lnd. This spends real money: bake a macaroon for nothing but what Purser calls, and
    # keep it in a file of mode 0600; `purser wallet doctor` says whether it is one.
    wallet:
      kind: lnd
      url: \(quoted(node.origin))
      # As `lncli bakemacaroon --save_to` writes it.
      macaroon_file: \(quoted(node.macaroonFile))
      # lnd's own certificate, which alone is trusted; without it, what the system trusts.
      \(certificate(node.certificateFile))
    """
  }

  static func coreLightning(_ node: CoreLightningConfiguration) -> String {
    switch node {
    case .socket(let path):
      """
      # A node of Core Lightning, by its own socket. This spends real money, and the socket lets
      # Purser do everything with the node: clnrest with a rune lets it do less.
      wallet:
        kind: core_lightning
        socket: \(quoted(path))
      """
    case .rest(let origin, let runeFile, let certificateFile):
      """
      # A node of Core Lightning, by clnrest. This spends real money: make a rune for nothing but
      # what Purser calls; `purser wallet doctor` says whether it is one.
      wallet:
        kind: core_lightning
        url: \(quoted(origin))
        # The rune, one line, mode 0600.
        rune_file: \(quoted(runeFile))
        # The ca.pem of clnrest, which alone is trusted; without it, what the system trusts.
        \(certificate(certificateFile))
      """
    }
  }

  static func phoenixd(_ server: PhoenixdConfiguration) -> String {
    """
    # A wallet of phoenixd. This spends real money, and its password lets Purser do everything.
    wallet:
      kind: phoenixd
      url: \(quoted(server.origin))
      # The http-password of phoenix.conf, one line, mode 0600.
      password_file: \(quoted(server.passwordFile))
    """
  }

  private static func certificate(_ path: String?) -> String {
    path.map { "tls_cert_file: \(quoted($0))" } ?? "# tls_cert_file: tls.cert"
  }
}
