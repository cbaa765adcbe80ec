internal import ArgumentParser
internal import PurserCore
internal import PurserWallet

/// Where the invoices come from.
struct WalletOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The file of a simulated Lightning network.", valueName: "file"))
  var simulatedStore: String?

  @Option(help: "The node of the simulated network that is paid.")
  var node = "seller"

  @Option(help: ArgumentHelp("An LNbits server.", valueName: "url"))
  var lnbitsURL: String?

  @Option(help: ArgumentHelp("The invoice key of its wallet; mode 0600.", valueName: "file"))
  var lnbitsKeyFile: String?

  func validate() throws {
    guard (simulatedStore == nil) != (lnbitsURL == nil) else {
      throw ValidationError("give --simulated-store, or --lnbits-url with --lnbits-key-file")
    }
    guard (lnbitsURL == nil) == (lnbitsKeyFile == nil) else {
      throw ValidationError("--lnbits-url and --lnbits-key-file belong together")
    }
  }

  func open() throws -> any Wallet {
    if let lnbitsURL, let lnbitsKeyFile {
      return try LNbitsWallet(
        url: lnbitsURL, adminKey: nil, invoiceKey: try SecretFile.read(path: lnbitsKeyFile))
    }
    return try SimulatedNetwork(path: simulatedStore ?? "").wallet(of: node)
  }
}
