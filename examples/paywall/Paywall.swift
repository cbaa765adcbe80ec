internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import Hummingbird
internal import L402
internal import Logging
internal import NIOCore
internal import PurserCore
internal import PurserWallet

@main
struct Paywall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paywall",
    abstract: "Sell a few JSON resources for Lightning payments, with L402.",
    discussion: """
      It answers requests without a paid token with 402 and a challenge. \
      Once it listens, it prints one line of JSON with its URL and port on standard output.
      """)

  @Option(help: "The address to listen at.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen at; 0 takes a free one.")
  var port = 8402

  @Option(help: ArgumentHelp("Write the port to this file as well.", valueName: "file"))
  var portFile: String?

  @Option(
    help: "The name to offer tokens under: L402, or LSAT, which then is all it accepts.",
    transform: { name in
      guard let scheme = L402Scheme(named: name) else {
        throw ValidationError("the scheme is L402 or LSAT")
      }
      return scheme
    })
  var scheme = L402Scheme.l402

  @Option(
    name: .customLong("price"),
    help: ArgumentHelp(
      "Another price for a resource, such as /news/latest=5sat.", valueName: "path=amount"))
  var prices: [PriceOption] = []

  @Option(help: "How long a token is good, in seconds.")
  var tokenLifetime: UInt32 = 3600

  @Option(help: "How long an invoice can be paid, in seconds.")
  var invoiceExpiry: UInt32 = 600

  @Option(help: ArgumentHelp("The key of all tokens; made if missing.", valueName: "file"))
  var rootKeyFile = "paywall-root.key"

  @Option(help: ArgumentHelp("Append to this file, not to standard error.", valueName: "file"))
  var accessLog: String?

  @OptionGroup(title: "Wallet") var wallet: WalletOptions

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("a port is 0 to 65535") }
    for price in prices where !Resource.catalog.contains(where: { $0.path == price.path }) {
      throw ValidationError("nothing is sold at \(price.path)")
    }
  }

  func run() async throws {
    let server = PaywallServer(
      resources: Resource.catalog.map { resource in
        var resource = resource
        for price in prices where price.path == resource.path { resource.price = price.amount }
        return resource
      },
      till: Till(
        seller: L402Seller(location: "paywall", masterKey: try RootKey.load(path: rootKeyFile)),
        wallet: try wallet.open(), scheme: scheme, tokenLifetimeSeconds: UInt64(tokenLifetime),
        invoiceExpirySeconds: UInt64(invoiceExpiry), now: SystemClock.now),
      log: try AccessLog(path: accessLog))
    let portFile = portFile
    let application = Application(
      router: server.router(),
      configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
      onServerRunning: { channel in Self.announce(channel, portFile: portFile) },
      logger: Self.logger)
    // Ends at SIGTERM or SIGINT, once every request has its answer.
    try await application.runService()
  }

  /// Standard output is for the one line alone.
  private static var logger: Logger {
    var logger = Logger(label: "paywall") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    return logger
  }

  private static func announce(_ channel: any Channel, portFile: String?) {
    guard let address = channel.localAddress, let port = address.port else { return }
    if let portFile {
      try? Data("\(port)\n".utf8).write(to: URL(filePath: portFile), options: .atomic)
    }
    let host = address.ipAddress.map { $0.contains(":") ? "[\($0)]" : $0 } ?? ""
    print("{\"port\":\(port),\"url\":\"http://\(host):\(port)\"}")
    fflush(nil)
  }
}

/// `path=amount` on the command line.
struct PriceOption: ExpressibleByArgument {
  let path: String
  let amount: Msat

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let amount = Msat(text: parts[1]), amount > .zero else { return nil }
    path = String(parts[0])
    self.amount = amount
  }
}
