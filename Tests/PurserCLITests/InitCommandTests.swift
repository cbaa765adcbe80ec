import Foundation
import L402
import PurserAPI
import PurserConfig
import PurserCore
import Testing

@Suite struct InitCommandTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private var files: [String] { ["config.yaml", "policy.yaml", "purser.key"] }

  @Test func `everything lies below the directory, for its owner alone, and reads back`() throws {
    let home = scratch.path + "/new/home"
    let done = try Program.run(["init", "--dir", home])
    #expect(done.status == 0 && done.error == "")
    #expect(done.output.contains("purserd --config \(home)/config.yaml\n"))
    #expect(done.output.contains("PURSER_OPERATOR_SOCKET=\(home)/run/operators/operator.sock\n"))
    #expect(done.output.contains("purser grant create "))
    for directory in ["new", "new/home", "new/home/data"] {
      #expect(try scratch.mode(of: directory) == 0o700)
    }
    for file in files { #expect(try scratch.mode(of: "new/home/\(file)") == 0o600) }
    let configuration = try Configuration.load("\(home)/config.yaml", environment: [:])
    #expect(configuration.dataDirectory == "\(home)/data")
    #expect(configuration.agentSocket == "\(home)/run/agents/purser.sock")
    #expect(configuration.network == .regtest)
    #expect(
      configuration.wallet
        == .simulated(store: "\(home)/data/simulated-network.db", node: "purser"))
    #expect(try PolicyFile.load(configuration.policyFile) == Policy())
    #expect(try KeyFile.load(configuration.keyFile).currentKeyID == 1)
    #expect(try AuditKeyFile.load(configuration.auditKeyFile).retired.isEmpty)
  }

  @Test func `a second time changes nothing and says what to do`() throws {
    #expect(try Program.run(["init", "--dir", scratch.path]).status == 0)
    let before = try files.map { try Data(contentsOf: URL(filePath: "\(scratch.path)/\($0)")) }
    let again = try Program.run(["init", "--dir", scratch.path])
    #expect(again.status == 1 && again.output == "")
    #expect(again.error.hasPrefix("purser: error: \(scratch.path)/purser.key exists already, "))
    #expect(again.error.contains("\nhint: "))
    let after = try files.map { try Data(contentsOf: URL(filePath: "\(scratch.path)/\($0)")) }
    #expect(before == after)
  }

  @Test(arguments: ["config.yaml", "policy.yaml", "purser.key", "audit.key"])
  func `one file that is there already stays, and the others are not made`(name: String) throws {
    let file = try scratch.write("mine", to: name)
    let done = try Program.run(["init", "--dir", scratch.path])
    #expect(done.status == 1)
    #expect(done.error.hasPrefix("purser: error: \(file) exists already, "))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [name])
  }

  @Test func `the usual places are those of the XDG base directories`() throws {
    let environment = [
      "XDG_CONFIG_HOME": "\(scratch.path)/c", "XDG_DATA_HOME": "\(scratch.path)/d",
      "XDG_RUNTIME_DIR": "\(scratch.path)/r",
    ]
    let done = try Program.run(["init", "--json"], environment: environment)
    #expect(done.status == 0)
    #expect(
      done.output == """
        {"agent_socket":"\(scratch.path)/r/purser/agents/purser.sock",\
        "audit_key_file":"\(scratch.path)/c/purser/audit.key",\
        "config":"\(scratch.path)/c/purser/config.yaml","data_dir":"\(scratch.path)/d/purser",\
        "key_file":"\(scratch.path)/c/purser/purser.key",\
        "operator_socket":"\(scratch.path)/r/purser/operators/operator.sock",\
        "policy":"\(scratch.path)/c/purser/policy.yaml"}

        """)
    let text = try Program.run(["init"], environment: environment)
    #expect(text.status == 1)
  }

  @Test func `a directory too deep for sockets is refused before anything is written`() throws {
    let deep = scratch.path + "/" + String(repeating: "d", count: 80)
    let done = try Program.run(["init", "--dir", deep])
    #expect(done.status == 1)
    #expect(done.error.contains("--dir: a socket's path has at most 107"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: deep).isEmpty)
  }

  @Test func `an LNbits wallet is written with the absolute path of its key file`() throws {
    let key = try scratch.write("0123456789abcdef\n", to: "admin.key")
    let options = [
      "init", "--dir", scratch.path + "/x", "--wallet", "lnbits", "--network", "signet",
      "--lnbits-admin-key-file", key,
    ]
    let open = try Program.run(options + ["--lnbits-url", "https://lnbits.example.com"])
    #expect(open.status == 1)
    #expect(open.error.contains("chmod 600 "))
    #expect(chmod(key, 0o600) == 0)
    let badURL = try Program.run(options + ["--lnbits-url", "http://lnbits.example.com"])
    #expect(badURL.status == 1)
    #expect(badURL.error.hasPrefix("purser: error: --lnbits-url: "))
    let done = try Program.run(options + ["--lnbits-url", "https://lnbits.example.com"])
    #expect(done.status == 0)
    let configuration = try Configuration.load(
      scratch.path + "/x/config.yaml", environment: [:])
    #expect(configuration.network == .signet)
    #expect(
      configuration.wallet
        == .lnbits(
          LNbitsConfiguration(origin: "https://lnbits.example.com", adminKeyFile: key)))
  }

  @Test func `a wallet over Nostr Wallet Connect is written with the path of its URI alone`()
    throws
  {
    let secret = String(repeating: "12", count: 32)
    let file = try scratch.write("nostr+walletconnect://x?secret=\(secret)\n", to: "nwc.uri")
    let options = [
      "init", "--dir", scratch.path + "/x", "--wallet", "nwc", "--nwc-uri-file", file,
    ]
    let open = try Program.run(options)
    #expect(open.status == 1)
    #expect(open.error.contains("chmod 600 "))
    #expect(chmod(file, 0o600) == 0)
    let done = try Program.run(options)
    #expect(done.status == 0)
    let path = scratch.path + "/x/config.yaml"
    let configuration = try Configuration.load(path, environment: [:])
    #expect(configuration.network == .bitcoin)
    #expect(configuration.wallet == .nwc(NWCWalletConfiguration(uriFile: file)))
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(!(text + done.output + open.error).contains(secret))
  }

  @Test func `a node is written with the absolute paths of its files`() throws {
    let secret = try scratch.write("0123456789abcdef\n", to: "secret")
    #expect(chmod(secret, 0o600) == 0)
    let certificate = try scratch.write("pem\n", to: "tls.cert")
    #expect(chmod(certificate, 0o644) == 0)
    for (name, options, expected): (String, [String], WalletConfiguration) in [
      (
        "a",
        [
          "lnd", "--lnd-url", "https://lnd.example:8080", "--lnd-macaroon-file", secret,
          "--lnd-tls-cert-file", certificate,
        ],
        .lnd(
          LNDConfiguration(
            origin: "https://lnd.example:8080", macaroonFile: secret,
            certificateFile: certificate))
      ),
      (
        "b", ["core_lightning", "--cln-socket", "/run/lightning-rpc"],
        .coreLightning(.socket("/run/lightning-rpc"))
      ),
      (
        "c",
        ["core_lightning", "--cln-url", "https://cln.example", "--cln-rune-file", secret],
        .coreLightning(
          .rest(origin: "https://cln.example", runeFile: secret, certificateFile: nil))
      ),
      (
        "d",
        [
          "phoenixd", "--phoenixd-url", "http://127.0.0.1:9740", "--phoenixd-password-file",
          secret,
        ],
        .phoenixd(PhoenixdConfiguration(origin: "http://127.0.0.1:9740", passwordFile: secret))
      ),
    ] {
      let home = scratch.path + "/" + name
      let done = try Program.run(["init", "--dir", home, "--wallet"] + options)
      #expect(done.status == 0, "\(done.error)")
      let configuration = try Configuration.load(home + "/config.yaml", environment: [:])
      #expect(configuration.wallet == expected && configuration.network == .bitcoin)
    }
    let plain = try Program.run([
      "init", "--dir", scratch.path + "/e", "--wallet", "lnd", "--lnd-url",
      "http://lnd.example", "--lnd-macaroon-file", secret,
    ])
    #expect(plain.status == 1 && plain.error.hasPrefix("purser: error: --lnd-url: "))
    #expect(chmod(certificate, 0o666) == 0)
    let open = try Program.run([
      "init", "--dir", scratch.path + "/f", "--wallet", "lnd", "--lnd-url",
      "https://lnd.example", "--lnd-macaroon-file", secret, "--lnd-tls-cert-file", certificate,
    ])
    #expect(open.status == 1 && open.error.contains("chmod go-w "))
  }

  @Test(arguments: [
    ["--wallet", "nwc"], ["--nwc-uri-file", "/u"],
    ["--wallet", "nwc", "--nwc-uri-file", "/u", "--lnbits-url", "https://a.example"],
    ["--wallet", "lnd"], ["--wallet", "lnd", "--lnd-url", "https://a.example"],
    ["--wallet", "core_lightning"], ["--wallet", "phoenixd", "--phoenixd-url", "http://x"],
    ["--wallet", "core_lightning", "--cln-url", "https://a.example"],
    ["--wallet", "core_lightning", "--cln-socket", "/s", "--cln-rune-file", "/r"],
    ["--lnd-url", "https://a.example"], ["--wallet", "lnbits", "--cln-socket", "/s"],
    ["--wallet", "lnbits"], ["--lnbits-url", "https://a.example"], ["--wallet", "cash"],
    ["--dir", ""], ["--force"], ["--network", "moon"],
  ])
  func `options that do not go together are wrong usage`(options: [String]) throws {
    let done = try Program.run(["init"] + options)
    #expect(done.status == 64 && done.output == "")
    #expect(done.error.hasPrefix("purser: error: "))
  }
}
