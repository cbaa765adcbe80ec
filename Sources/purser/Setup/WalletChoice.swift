internal import ArgumentParser
internal import L402
internal import PurserConfig

/// The wallet that `purser init` writes into the configuration.
struct WalletChoice: ParsableArguments {
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case simulated, lnbits, lnd
    case coreLightning = "core_lightning"
    case phoenixd, nwc
  }

  enum Network: String, CaseIterable, ExpressibleByArgument {
    case bitcoin, testnet, signet, regtest

    var network: BitcoinNetwork {
      switch self {
      case .bitcoin: .bitcoin
      case .testnet: .testnet
      case .signet: .signet
      case .regtest: .regtest
      }
    }
  }

  @Option(
    help: ArgumentHelp(
      "The wallet: 'simulated' moves no real money, 'lnbits' is a server's, 'nwc' is any over Nostr "
        + "Wallet Connect, the others a node."))
  var wallet = Kind.simulated

  @Option(help: "The Bitcoin network: regtest for the simulated wallet, else bitcoin.")
  var network: Network?

  @Option(help: ArgumentHelp("The LNbits server, such as https://host.", valueName: "url"))
  var lnbitsUrl: String?

  @Option(
    help: ArgumentHelp("The file with the wallet's admin key, mode 0600.", valueName: "path"))
  var lnbitsAdminKeyFile: String?

  @Option(
    help: ArgumentHelp(
      "The file with its invoice key; the admin key does for both.", valueName: "path"))
  var lnbitsInvoiceKeyFile: String?

  @OptionGroup var node: NodeOptions

  func validate() throws {
    let isLNbitsGiven = [lnbitsUrl, lnbitsAdminKeyFile, lnbitsInvoiceKeyFile].contains {
      $0 != nil
    }
    for kind in node.kinds.union(isLNbitsGiven ? [.lnbits] : []) where kind != wallet {
      let prefix = kind == .coreLightning ? "cln" : kind.rawValue
      throw ValidationError("the --\(prefix)-… options go with --wallet \(kind.rawValue)")
    }
    if wallet == .lnbits, lnbitsUrl == nil || lnbitsAdminKeyFile == nil {
      throw ValidationError(
        "--wallet lnbits needs --lnbits-url and --lnbits-admin-key-file; the key is never an "
          + "argument, since other users can see those")
    }
    if let lack = node.lack(of: wallet) { throw ValidationError(lack) }
  }

  /// The network, as chosen or as goes with the wallet.
  var chosenNetwork: BitcoinNetwork {
    network?.network ?? (wallet == .simulated ? .regtest : .bitcoin)
  }

  /// The wallet's part of the configuration; the simulated network lies at `store`.
  /// - Throws: ``CommandFailure`` when a key file cannot be used.
  func configuration(store: String) throws -> WalletConfiguration {
    if let configuration = try node.configuration(of: wallet) { return configuration }
    guard let lnbitsUrl, let lnbitsAdminKeyFile else {
      return .simulated(store: store, node: "purser")
    }
    let adminKey = try Self.keyFile(lnbitsAdminKeyFile)
    let invoiceKey = try lnbitsInvoiceKeyFile.map { try Self.keyFile($0) }
    return .lnbits(
      LNbitsConfiguration(
        origin: lnbitsUrl, adminKeyFile: adminKey, invoiceKeyFile: invoiceKey))
  }

  /// The absolute path of a key file that the daemon will be able to read.
  private static func keyFile(_ path: String) throws -> String {
    do throws(ConfigError) { _ = try SecretFile.readLine(path) } catch {
      throw CommandFailure("\(error)")
    }
    return try AbsolutePath.of(path)
  }
}
