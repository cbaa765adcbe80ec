import Foundation
import NIOSSL
import PurserCore
import PurserWallet
import Testing

/// A certificate that signed itself, as lnd makes one, with its key.
struct OwnCertificate {
  let pem: [UInt8]
  let tls: TLSConfiguration

  /// - Parameter names: What `subjectAltName` has; lnd's has localhost and 127.0.0.1, among others.
  init(names: String = "DNS:localhost,IP:127.0.0.1") throws {
    let directory = FileManager.default.temporaryDirectory.appending(
      path: "purser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let openssl = Process()
    openssl.executableURL = URL(filePath: "/usr/bin/env")
    openssl.currentDirectoryURL = directory
    openssl.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=own",
      "-addext", "subjectAltName=\(names)",
    ]
    openssl.standardError = FileHandle.nullDevice
    try openssl.run()
    openssl.waitUntilExit()
    try #require(openssl.terminationStatus == 0)
    pem = Array(try Data(contentsOf: directory.appending(path: "cert.pem")))
    let key = try NIOSSLPrivateKey(
      bytes: Array(try Data(contentsOf: directory.appending(path: "key.pem"))), format: .pem)
    tls = .makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(pem).map { .certificate($0) },
      privateKey: .privateKey(key))
  }
}

@Suite struct PinningTests {
  private func status(
    of server: ScriptedServer, pinned: [UInt8]?, host: String = "127.0.0.1"
  ) async throws -> PaymentStatus {
    let wallet = try LNDWallet(
      url: server.url.replacing("http://127.0.0.1", with: "https://\(host)"),
      macaroon: LNDFixture.macaroon, certificates: pinned, timeoutMilliseconds: 20_000)
    return try await wallet.lookUp(paymentHash: [UInt8](repeating: 1, count: 32))
  }

  @Test func `the configured certificate is trusted, by address and by name`() async throws {
    let own = try OwnCertificate()
    let server = try await ScriptedServer.start(tls: own.tls) { _ in LNDFixture.notFound }
    #expect(try await status(of: server, pinned: own.pem) == .notFound)
    #expect(try await status(of: server, pinned: own.pem, host: "localhost") == .notFound)
    let other = try OwnCertificate()
    #expect(try await status(of: server, pinned: other.pem + own.pem) == .notFound)
  }

  @Test func `any other certificate is refused before the macaroon is sent`() async throws {
    let own = try OwnCertificate()
    let server = try await ScriptedServer.start(tls: own.tls) { _ in LNDFixture.notFound }
    let other = try OwnCertificate()
    await #expect(
      throws: WalletError.unreachable(
        "lnd does not show the certificate that is configured, or one for another host")
    ) { try await status(of: server, pinned: other.pem) }
    await #expect(throws: WalletError.self) { try await status(of: server, pinned: nil) }
    #expect(server.requests.isEmpty)
  }

  @Test func `a certificate for another host is refused, even the configured one`() async throws {
    let own = try OwnCertificate(names: "DNS:lnd.example")
    let server = try await ScriptedServer.start(tls: own.tls) { _ in LNDFixture.notFound }
    for host in ["127.0.0.1", "localhost"] {
      await #expect(throws: WalletError.self, "\(host)") {
        try await status(of: server, pinned: own.pem, host: host)
      }
    }
    #expect(server.requests.isEmpty)
  }

  @Test func `an order over a connection that is not trusted is unknown`() async throws {
    let own = try OwnCertificate()
    let server = try await ScriptedServer.start(tls: own.tls) { _ in LNDFixture.notFound }
    let wallet = try LNDWallet(
      url: server.url.replacing("http:", with: "https:"), macaroon: LNDFixture.macaroon,
      certificates: try OwnCertificate().pem, timeoutMilliseconds: 20_000)
    #expect(OutcomeKind(await wallet.pay(try WalletFixture().order)) == .unknown)
    #expect(server.requests.isEmpty)
  }
}
