internal import ArgumentParser
internal import Glibc
internal import PurserCore

/// The main job, end to end, with the real programs: delegate, pay, hand out, refuse, account.
///
/// Exits with 0 only if everything went as it should, and leaves nothing running.
@main
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "An orchestrator and three workers buy paid data through one wallet.",
    discussion: """
      Starts purserd and the example paywall in a scratch directory and tells the story step by \
      step, checking each. By default both use a simulated Lightning network; with the three \
      --lnbits options the invoices and payments are those of a real LNbits server.
      """)

  @Option(help: "The LNbits server, such as http://127.0.0.1:5000.")
  var lnbitsURL: String?

  @Option(help: "The file with the admin key of the wallet that pays.")
  var buyerKeyFile: String?

  @Option(help: "The file with the key of the wallet that is paid.")
  var sellerKeyFile: String?

  @Option(help: "Where to keep the scratch directory; by default it is removed at the end.")
  var keep: String?

  @Option(help: "The log level of the daemon.")
  var logLevel = "info"

  func validate() throws {
    let given = [lnbitsURL, buyerKeyFile, sellerKeyFile].compactMap { $0 }.count
    guard given == 0 || given == 3 else {
      throw ValidationError("--lnbits-url, --buyer-key-file and --seller-key-file go together")
    }
  }

  func run() async throws {
    let wallets =
      if let lnbitsURL, let buyerKeyFile, let sellerKeyFile {
        WalletChoice.lnbits(
          url: lnbitsURL, buyerKeyFile: buyerKeyFile, sellerKeyFile: sellerKeyFile)
      } else {
        WalletChoice.simulated
      }
    let stage = try Stage(directory: keep, wallets: wallets, logLevel: logLevel)
    do {
      try await stage.open()
      try await Story(stage: stage).tell()
      try await stage.close()
    } catch {
      stage.abandon()
      print("\nThe demo failed: \(error)")
      print("What the daemon said last:\n\(stage.lastWords)")
      throw ExitCode.failure
    }
    print("\nEverything went as it should, and nothing is left running.")
  }
}
