import L402
import PurserConfig
import PurserCore
import Testing

@Suite struct ConfigurationTests {
  static let simulated = """
    version: 1
    data_dir: data
    network: regtest
    wallet: {kind: simulated, store: ../sim/network.db, node: buyer}

    """
  static let lnbits = """
    version: 1
    data_dir: data
    network: bitcoin

    """
  static let path = "a path, in which ~ is not expanded"

  @Test(
    arguments: [
      (
        "{kind: lnd, url: https://lnd.example:8080, macaroon_file: m, tls_cert_file: /c}",
        .lnd(
          LNDConfiguration(
            origin: "https://lnd.example:8080", macaroonFile: "/d/m", certificateFile: "/c"))
      ),
      (
        "{kind: lnd, url: 'http://127.0.0.1:8080', macaroon_file: /m}",
        .lnd(LNDConfiguration(origin: "http://127.0.0.1:8080", macaroonFile: "/m"))
      ),
      ("{kind: core_lightning, socket: rpc}", .coreLightning(.socket("/d/rpc"))),
      (
        "{kind: core_lightning, url: https://a.example, rune_file: r, tls_cert_file: ca.pem}",
        .coreLightning(
          .rest(
            origin: "https://a.example", runeFile: "/d/r", certificateFile: "/d/ca.pem"))
      ),
      (
        "{kind: phoenixd, url: 'http://127.0.0.1:9740', password_file: p}",
        .phoenixd(
          PhoenixdConfiguration(origin: "http://127.0.0.1:9740", passwordFile: "/d/p"))
      ),
    ] as [(String, WalletConfiguration)])
  func `each kind of node is read`(text: String, expected: WalletConfiguration) throws {
    let configuration = try Configuration.parse(
      Self.lnbits + "wallet: " + text, file: "c.yaml", directory: "/d",
      environment: ["XDG_RUNTIME_DIR": "/run/user/1000"])
    #expect(configuration.wallet == expected)
  }

  @Test func `relative paths start at the file's directory, and the rest has defaults`() throws {
    let configuration = try Configuration.parse(
      Self.simulated, file: "c.yaml", directory: "/etc/purser",
      environment: ["XDG_RUNTIME_DIR": "/run/user/1000"])
    #expect(
      configuration
        == Configuration(
          dataDirectory: "/etc/purser/data",
          agentSocket: "/run/user/1000/purser/agents/purser.sock",
          operatorSocket: "/run/user/1000/purser/operators/operator.sock",
          keyFile: "/etc/purser/purser.key", auditKeyFile: "/etc/purser/audit.key",
          policyFile: "/etc/purser/policy.yaml", network: .regtest,
          wallet: .simulated(store: "/etc/purser/../sim/network.db", node: "buyer"),
          logLevel: .info))
  }

  @Test func `every key is read`() throws {
    let configuration = try Configuration.parse(
      """
      version: 1
      data_dir: /var/lib/purser
      sockets:
        agents: run/a/p.sock
        operators: ./run//o/p.sock
        connections: 5000
        connections_per_process: 4_000
      key_file: /keys/purser
      audit_key_file: /keys/audit
      checkpoint_interval: 1h
      policy_file: p.yaml
      network: signet
      wallet:
        kind: lnbits
        url: http://127.0.0.1:5000
        admin_key_file: admin
        invoice_key_file: /invoice
        fee_reserve_percent: 0.25
        fee_reserve_min: 10sat
      log_level: debug
      """, file: "c.yaml", directory: "/d",
      environment: [:])
    #expect(
      configuration
        == Configuration(
          dataDirectory: "/var/lib/purser", agentSocket: "/d/run/a/p.sock",
          operatorSocket: "/d/run/o/p.sock", keyFile: "/keys/purser",
          auditKeyFile: "/keys/audit", policyFile: "/d/p.yaml", network: .signet,
          wallet: .lnbits(
            LNbitsConfiguration(
              origin: "http://127.0.0.1:5000", adminKeyFile: "/d/admin",
              invoiceKeyFile: "/invoice", feeReserveMillionths: 2500,
              feeReserveMinimum: Msat(10_000) ?? .zero)),
          connections: ConnectionLimits(ofSocket: 5000, ofProcess: 4000), logLevel: .debug,
          checkpointIntervalSeconds: 3600))
  }

  @Test func `a wallet over Nostr Wallet Connect is read, with a usual reserve`() throws {
    func wallet(_ keys: String) throws -> WalletConfiguration {
      try Configuration.parse(
        Self.lnbits + "wallet: {kind: nwc, \(keys)}", file: "c.yaml", directory: "/d",
        environment: ["XDG_RUNTIME_DIR": "/run"]
      ).wallet
    }
    #expect(
      try wallet("uri_file: nwc.uri")
        == .nwc(
          NWCWalletConfiguration(
            uriFile: "/d/nwc.uri", feeReserveMillionths: 10_000,
            feeReserveMinimum: Msat(2000) ?? .zero)))
    #expect(
      try wallet("uri_file: /u, fee_reserve_percent: 0.5, fee_reserve_min: 10sat")
        == .nwc(
          NWCWalletConfiguration(
            uriFile: "/u", feeReserveMillionths: 5_000, feeReserveMinimum: Msat(10_000) ?? .zero)))
  }

  @Test func `sockets may be given to groups, and agents kept apart from operators`() throws {
    let configuration = try Configuration.parse(
      Self.simulated + """
        sockets:
          agents: {path: a/p.sock, group: purser-agents}
          operators: {path: o/p.sock, group: "990", mode: 0660}
        operator_uids: [1000, 0]
        separation: required
        """, file: "c.yaml", directory: "/d", environment: [:])
    #expect(configuration.agentSocket == "/d/a/p.sock")
    #expect(configuration.operatorSocket == "/d/o/p.sock")
    #expect(configuration.agentAccess == SocketPermissions(group: "purser-agents"))
    #expect(configuration.operatorAccess == SocketPermissions(group: "990", mode: 0o660))
    #expect(configuration.operatorUserIDs == [0, 1000])
    #expect(configuration.separation == .required)
    // With separation, the daemon's own user is left out of its agents' group.
    #expect(configuration.agentAccess.effectiveMode(.required) == 0o060)
    #expect(configuration.agentAccess.effectiveMode(.none) == 0o660)
    #expect(configuration.operatorAccess.effectiveMode(.none) == 0o660)
    #expect(SocketPermissions().effectiveMode(.required) == 0o600)
    #expect(SocketPermissions(mode: 0o666).effectiveMode(.required) == 0o666)
  }

  @Test(arguments: [
    ("sockets: {agents: {path: a/p, mode: 0777}, operators: b/p}", "sockets.agents.mode"),
    ("sockets: {agents: {path: a/p, mode: 0000}, operators: b/p}", "sockets.agents.mode"),
    ("sockets: {agents: {path: a/p, mode: 666}, operators: b/p}", "sockets.agents.mode"),
    ("sockets: {agents: {path: a/p, mode: \"0666\"}, operators: b/p}", "sockets.agents.mode"),
    ("sockets: {agents: {path: a/p, group: a b}, operators: b/p}", "sockets.agents.group"),
    ("sockets: {agents: {path: a/p, group: -x}, operators: b/p}", "sockets.agents.group"),
    ("sockets: {agents: {path: a/p, user: x}, operators: b/p}", "unknown key"),
    ("operator_uids: []\nsockets: {agents: a/p, operators: b/p}", "nobody would be an operator"),
    ("operator_uids: [4294967295]\nsockets: {agents: a/p, operators: b/p}", "operator_uids[0]"),
    ("operator_uids: [root]\nsockets: {agents: a/p, operators: b/p}", "operator_uids[0]"),
    ("separation: strict\nsockets: {agents: a/p, operators: b/p}", "separation"),
  ])
  func `what keeps users apart is read strictly`(text: String, part: String) {
    let error = #expect(throws: ConfigError.self) {
      try Configuration.parse(
        Self.simulated + text, file: "c.yaml", directory: "/d", environment: [:])
    }
    #expect(error.map { "\($0)" }?.contains(part) == true)
  }

  @Test func `sockets without a name lie below the runtime directory, or in run for root`() {
    let user = Configuration.defaultSockets(
      environment: ["XDG_RUNTIME_DIR": "/run/user/7/"], isRoot: false)
    #expect(user?.agents == "/run/user/7/purser/agents/purser.sock")
    #expect(user?.operators == "/run/user/7/purser/operators/operator.sock")
    let root = Configuration.defaultSockets(environment: [:], isRoot: true)
    #expect(root?.agents == "/run/purser/agents/purser.sock")
    for environment in [[:], ["XDG_RUNTIME_DIR": ""], ["XDG_RUNTIME_DIR": "run"]] {
      #expect(Configuration.defaultSockets(environment: environment, isRoot: false) == nil)
    }
  }

  @Test(arguments: [
    (
      "wallet: {kind: lnbit, url: x}",
      [
        "4:16: wallet.kind: found \"lnbit\"; expected simulated, lnbits, "
          + "lnd, core_lightning, phoenixd or nwc"
      ]
    ),
    ("wallet: {url: x}", ["4:9: wallet: \"kind\" is missing"]),
    (
      "wallet: {kind: lnbits, url: https://lnbits.example, admin_key: 0123}",
      [
        "4:9: wallet: \"admin_key_file\" is missing",
        "4:53: wallet: unknown key \"admin_key\"; did you mean \"admin_key_file\"?",
      ]
    ),
    (
      "wallet: {kind: lnbits, url: https://lnbits.example/api, admin_key_file: k}",
      [
        "4:29: wallet.url: found \"https://lnbits.example/api\"; expected https://HOST or "
          + "https://HOST:PORT with nothing after it (http:// only for localhost, 127.0.0.1 and "
          + "[::1])"
      ]
    ),
    (
      "wallet: {kind: lnbits, url: https://a.example, admin_key_file: k, fee_reserve_percent: 1%}",
      [
        "4:88: wallet.fee_reserve_percent: found \"1%\"; expected a percentage from 0 to 100, such "
          + "as 1 or 0.5, without quotes and percent sign"
      ]
    ),
    (
      "wallet: {kind: nwc, uri: x}",
      [
        "4:9: wallet: \"uri_file\" is missing",
        "4:21: wallet: unknown key \"uri\"; did you mean \"uri_file\"?",
      ]
    ),
    (
      "wallet: {kind: simulated, store: ~/sim, node: a}",
      ["4:34: wallet.store: found \"~/sim\"; expected \(path)"]
    ),
    (
      "wallet: {kind: lnd, url: https://a.example, macaroon: m}",
      [
        "4:9: wallet: \"macaroon_file\" is missing",
        "4:45: wallet: unknown key \"macaroon\"; did you mean \"macaroon_file\"?",
      ]
    ),
    (
      "wallet: {kind: lnd, url: 'http://127.0.0.1:8080', macaroon_file: m, tls_cert_file: c}",
      ["4:84: wallet.tls_cert_file: a certificate goes with an https URL"]
    ),
    ("wallet: {kind: core_lightning}", ["4:9: wallet: give `socket` or `url`"]),
    (
      "wallet: {kind: core_lightning, socket: s, url: https://a.example}",
      [
        "4:48: wallet.url: it does not go with `socket`; give `socket` or `url`, not both"
      ]
    ),
    (
      "wallet: {kind: core_lightning, url: https://a.example, rune: r}",
      [
        "4:9: wallet: \"rune_file\" is missing",
        "4:56: wallet: unknown key \"rune\"; did you mean \"rune_file\"?",
      ]
    ),
    (
      "wallet: {kind: phoenixd, password_file: p}", ["4:9: wallet: \"url\" is missing"]
    ),
    (
      "wallet: {kind: simulated, store: s, node: a, url: x}",
      ["4:46: wallet: unknown key \"url\"; expected kind, store or node"]
    ),
  ])
  func `a wallet is told what it lacks`(text: String, expected: [String]) {
    #expect(configurationComplaint(Self.lnbits + text) == expected)
  }

  @Test(arguments: [
    (
      "network: mainnet",
      "4:10: network: found \"mainnet\"; expected "
        + "bitcoin, testnet, signet or regtest"
    ),
    (
      "log_level: verbose",
      "5:12: log_level: found \"verbose\"; expected "
        + "trace, debug, info, notice, warning, error or critical"
    ),
    ("key_file: keys/", "5:11: key_file: found \"keys/\"; expected \(path)"),
    ("policy: p.yaml", "5:1: unknown key \"policy\"; did you mean \"policy_file\"?"),
    (
      "sockets: {agents: a.sock, operators: o.sock}",
      "5:10: sockets: the two sockets need two "
        + "directories, so that a sandbox can show agents one and hide the other"
    ),
    (
      "sockets: {agents: /\(String(repeating: "s", count: 107))}",
      "5:10: sockets: "
        + "a socket's path has at most 107 bytes; choose a shorter directory"
    ),
    (
      "sockets: {connections: 0}",
      "5:24: sockets.connections: found \"0\"; expected a whole number from 1 to 65536, without "
        + "quotes"
    ),
    (
      "sockets: {connections_per_process: 65537}",
      "5:36: sockets.connections_per_process: found \"65537\"; expected a whole number from 1 to "
        + "65536, without quotes"
    ),
    (
      "sockets: {agent: a/p.sock}",
      "5:11: sockets: unknown key \"agent\"; did you mean "
        + "\"agents\"?"
    ),
  ])
  func `a wrong setting is refused with what is allowed`(line: String, expected: String) {
    let text =
      line.hasPrefix("network")
      ? Self.simulated.replacing("network: regtest\n", with: "") : Self.simulated
    #expect(configurationComplaint(text + line) == [expected])
  }

  @Test func `a default socket that would be too long is refused as well`() {
    let environment = ["XDG_RUNTIME_DIR": "/" + String(repeating: "r", count: 90)]
    #expect(
      configurationComplaint(Self.simulated, environment: environment) == [
        "1:1: a socket's path has at most 107 bytes; choose a shorter directory"
      ])
  }

  @Test func `what must be there is asked for`() {
    #expect(
      configurationComplaint("log_level: info") == [
        "1:1: \"version\" is missing", "1:1: \"data_dir\" is missing",
        "1:1: \"network\" is missing", "1:1: \"wallet\" is missing",
      ])
  }

  @Test func `a file is read with its directory as the start of relative paths`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("config.yaml", Self.simulated, mode: 0o644)
    let configuration = try Configuration.load(
      path, environment: ["XDG_RUNTIME_DIR": "/run/user/1"])
    #expect(configuration.dataDirectory == directory.path + "/data")
  }
}
