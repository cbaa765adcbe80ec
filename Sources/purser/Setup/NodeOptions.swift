internal import ArgumentParser
internal import PurserConfig

/// The options of wallets that are nodes of one's own, or reached over Nostr.
struct NodeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("lnd's REST interface, such as https://host:8080.", valueName: "url"))
  var lndUrl: String?

  @Option(help: ArgumentHelp("The file with lnd's macaroon, mode 0600.", valueName: "path"))
  var lndMacaroonFile: String?

  @Option(help: ArgumentHelp("lnd's tls.cert, which alone is trusted.", valueName: "path"))
  var lndTlsCertFile: String?

  @Option(help: ArgumentHelp("Core Lightning's socket, lightning-rpc.", valueName: "path"))
  var clnSocket: String?

  @Option(help: ArgumentHelp("Its clnrest, such as https://host:3010.", valueName: "url"))
  var clnUrl: String?

  @Option(help: ArgumentHelp("The file with the rune for it, mode 0600.", valueName: "path"))
  var clnRuneFile: String?

  @Option(help: ArgumentHelp("Its ca.pem, which alone is trusted.", valueName: "path"))
  var clnTlsCertFile: String?

  @Option(help: ArgumentHelp("phoenixd, such as http://127.0.0.1:9740.", valueName: "url"))
  var phoenixdUrl: String?

  @Option(
    help: ArgumentHelp("The file with its http-password, mode 0600.", valueName: "path"))
  var phoenixdPasswordFile: String?

  @Option(
    help: ArgumentHelp(
      "The file with the wallet's nostr+walletconnect:// URI, mode 0600.", valueName: "path"))
  var nwcUriFile: String?

  /// Which kinds of wallet the options that were given belong to.
  var kinds: Set<WalletChoice.Kind> {
    var kinds: Set<WalletChoice.Kind> = []
    func note(_ kind: WalletChoice.Kind, _ values: String?...) {
      if values.contains(where: { $0 != nil }) { kinds.insert(kind) }
    }
    note(.lnd, lndUrl, lndMacaroonFile, lndTlsCertFile)
    note(.coreLightning, clnSocket, clnUrl, clnRuneFile, clnTlsCertFile)
    note(.phoenixd, phoenixdUrl, phoenixdPasswordFile)
    note(.nwc, nwcUriFile)
    return kinds
  }

  /// What `kind` needs and was not given; nil when all is there.
  func lack(of kind: WalletChoice.Kind) -> String? {
    switch kind {
    case .simulated, .lnbits: nil
    case .lnd:
      lndUrl != nil && lndMacaroonFile != nil
        ? nil : "--wallet lnd needs --lnd-url and --lnd-macaroon-file"
    case .coreLightning:
      (clnSocket != nil) != (clnUrl != nil && clnRuneFile != nil)
        && (clnSocket == nil || clnRuneFile == nil && clnTlsCertFile == nil && clnUrl == nil)
        ? nil
        : "--wallet core_lightning needs --cln-socket, or --cln-url and --cln-rune-file"
    case .phoenixd:
      phoenixdUrl != nil && phoenixdPasswordFile != nil
        ? nil : "--wallet phoenixd needs --phoenixd-url and --phoenixd-password-file"
    case .nwc:
      nwcUriFile != nil
        ? nil
        : "--wallet nwc needs --nwc-uri-file; the URI is never an argument, since other users can "
          + "see those"
    }
  }

  /// The wallet's part of the configuration; nil for a kind that is none of these.
  /// - Throws: ``CommandFailure`` when a file cannot be used.
  func configuration(of kind: WalletChoice.Kind) throws -> WalletConfiguration? {
    switch kind {
    case .simulated, .lnbits: return nil
    case .lnd:
      guard let lndUrl, let lndMacaroonFile else { return nil }
      return .lnd(
        LNDConfiguration(
          origin: lndUrl, macaroonFile: try file(lndMacaroonFile, read: SecretFile.read),
          certificateFile: try certificate(lndTlsCertFile)))
    case .coreLightning:
      if let clnSocket { return .coreLightning(.socket(try AbsolutePath.of(clnSocket))) }
      guard let clnUrl, let clnRuneFile else { return nil }
      return .coreLightning(
        .rest(
          origin: clnUrl, runeFile: try file(clnRuneFile, read: SecretFile.readLine),
          certificateFile: try certificate(clnTlsCertFile)))
    case .phoenixd:
      guard let phoenixdUrl, let phoenixdPasswordFile else { return nil }
      return .phoenixd(
        PhoenixdConfiguration(
          origin: phoenixdUrl,
          passwordFile: try file(phoenixdPasswordFile, read: SecretFile.readLine)))
    case .nwc:
      guard let nwcUriFile else { return nil }
      return .nwc(
        NWCWalletConfiguration(uriFile: try file(nwcUriFile, read: SecretFile.readLine)))
    }
  }

  private func certificate(_ path: String?) throws -> String? {
    try path.map { try file($0, read: CertificateFile.read) }
  }

  /// The absolute path of a file that the daemon will be able to read.
  private func file<Content>(
    _ path: String, read: (String) throws(ConfigError) -> Content
  ) throws -> String {
    do throws(ConfigError) { _ = try read(path) } catch { throw CommandFailure("\(error)") }
    return try AbsolutePath.of(path)
  }
}
