internal import L402
internal import PurserCore

/// The text of the files that a fresh installation starts from.
public enum Starter {
  /// A `config.yaml` that reads as `configuration`, with comments.
  public static func configuration(_ configuration: Configuration) -> String {
    """
    # Purser's configuration. Relative paths start at this file's directory; `~` is not expanded.
    # A key that Purser does not know is an error, and the error names the nearest one.
    version: \(Configuration.version)

    # Where the ledger is kept. Nobody but Purser needs to read it.
    data_dir: \(quoted(configuration.dataDirectory))

    # Agents use one socket and operators the other. They lie in two directories, so that a sandbox
    # can show agents theirs and hide the other: whoever reaches the operators' may do everything.
    sockets:
      agents: \(place(configuration.agentSocket, configuration.agentAccess))
      operators: \(place(configuration.operatorSocket, configuration.operatorAccess))
      # How many connections each of them serves at once, and how many of one process: a gateway
      # or a pool of workers may need more.
      connections: \(configuration.connections.ofSocket)
      connections_per_process: \(configuration.connections.ofProcess)

    \(people(configuration))

    # The master keys, mode 0600. Whoever has them can mint any grant and open the vault.
    key_file: \(quoted(configuration.keyFile))

    # The key that signs checkpoints of the audit log, mode 0600. One is signed this often when the
    # log has grown: `purser audit checkpoint` prints it, to be kept where nobody here can edit it.
    audit_key_file: \(quoted(configuration.auditKeyFile))
    checkpoint_interval: \(DurationText.text(seconds: configuration.checkpointIntervalSeconds))

    # Which services may be paid, and for how much at most.
    policy_file: \(quoted(configuration.policyFile))

    # \(ValueKind.network.expected): invoices for another network are refused.
    network: \(configuration.network.configurationName)

    \(wallet(configuration.wallet))

    # The least severe messages that are logged:
    # \(ValueKind<LogLevel>.choice.expected). No level logs a secret.
    log_level: \(configuration.logLevel.rawValue)

    """
  }

  /// A socket as the file has it.
  private static func place(_ path: String, _ access: SocketPermissions) -> String {
    var parts = ["path: \(quoted(path))"]
    if let group = access.group { parts.append("group: \(quoted(group))") }
    if let mode = access.mode {
      let digits = String(mode, radix: 8)
      parts.append("mode: \(String(repeating: "0", count: 4 - digits.count))\(digits)")
    }
    return parts.count == 1 ? quoted(path) : "{\(parts.joined(separator: ", "))}"
  }

  private static func people(_ configuration: Configuration) -> String {
    let ids = configuration.operatorUserIDs?.sorted().map { "\($0)" }.joined(separator: ", ")
    let passphrase =
      configuration.operatorPassphraseFile.map { "operator_passphrase_file: \(quoted($0))" }
      ?? "# operator_passphrase_file: operators.passphrase"
    return """
      # Which users may use the operators' socket, by number; the daemon's own when left out.
      \(ids.map { "operator_uids: [\($0)]" } ?? "# operator_uids: [1000]")

      # Whether agents must run as other users than operators and the daemon: `required` or `none`.
      # Two processes of one user are not kept apart by anything. For `required`, give the agents'
      # users a group of their own, and the socket to it:
      #   sockets:
      #     agents: {path: /run/purser/agents/purser.sock, group: purser-agents}
      separation: \(configuration.separation.rawValue)

      # What operators are asked for at a terminal before they change anything; where agents run as
      # their user, it alone stands between. Made with: purser passphrase FILE
      \(passphrase)
      """
  }

  private static func wallet(_ wallet: WalletConfiguration) -> String {
    switch wallet {
    case .simulated(let store, let node):
      """
      # A simulated Lightning network in a file: no real money moves. Change it for a real wallet:
      #   wallet: {kind: lnd, url: "https://127.0.0.1:8080", macaroon_file: purser.macaroon,
      #     tls_cert_file: tls.cert}
      #   wallet: {kind: core_lightning, socket: lightning-rpc}
      #   wallet: {kind: phoenixd, url: "http://127.0.0.1:9740", password_file: phoenixd.password}
      #   wallet: {kind: lnbits, url: "https://lnbits.example.com", admin_key_file: lnbits.key}
      wallet:
        kind: simulated
        store: \(quoted(store))
        # Purser's own node in that network.
        node: \(quoted(node))
      """
    case .lnbits(let server): lnbits(server)
    case .lnd(let node): lnd(node)
    case .coreLightning(let node): coreLightning(node)
    case .phoenixd(let server): phoenixd(server)
    case .nwc(let wallet): nwc(wallet)
    }
  }

  private static func nwc(_ wallet: NWCWalletConfiguration) -> String {
    """
    # A wallet over Nostr Wallet Connect. This spends real money: give the connection a budget in the
    # wallet, and keep its URI in a file of mode 0600.
    wallet:
      kind: nwc
      # One line: nostr+walletconnect://…
      uri_file: \(quoted(wallet.uriFile))
      # What the wallet may spend on routing: an order cannot limit it there, so this must be no less
      # than the wallet's own limit. Every payment sets that much aside as well.
      fee_reserve_percent: \(Decimal.percentage(ofMillionths: wallet.feeReserveMillionths))
      fee_reserve_min: \(wallet.feeReserveMinimum)
    """
  }

  private static func lnbits(_ server: LNbitsConfiguration) -> String {
    let invoiceKey =
      server.invoiceKeyFile.map { "invoice_key_file: \(quoted($0))" }
      ?? "# invoice_key_file: lnbits-invoice.key"
    return """
      # A wallet of an LNbits server. This spends real money: give the wallet no more than you can
      # lose, and keep the keys in files of mode 0600 that hold one line each.
      wallet:
        kind: lnbits
        url: \(quoted(server.origin))
        # The admin key pays.
        admin_key_file: \(quoted(server.adminKeyFile))
        # The invoice key only receives and looks up; without it the admin key does that too.
        \(invoiceKey)
        # What the server keeps back for routing, as its administrator has set it. Every payment
        # sets that much aside as well.
        fee_reserve_percent: \(Decimal.percentage(ofMillionths: server.feeReserveMillionths))
        fee_reserve_min: \(server.feeReserveMinimum)
      """
  }

  /// `text` in double quotes, as YAML reads it back.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      // These could start an anchor or a key, which is refused even in quotes.
      case "&": result += "\\x26"
      case "?": result += "\\x3f"
      case _ where scalar.properties.generalCategory == .control || isLineBreak(scalar):
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Line breaks to YAML, which are no controls, and the byte order mark.
  private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
    [0x2028, 0x2029, 0xfeff].contains(scalar.value)
  }
}
