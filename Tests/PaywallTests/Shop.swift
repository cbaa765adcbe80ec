import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import L402
import LibCrypto
import Macaroons
import NIOCore
import PurserCore
import PurserWallet
import Synchronization
import Testing

@testable import paywall

/// A paywall with a simulated network behind it, and a buyer with money.
final class Shop: Sendable {
  let directory: String
  let network: SimulatedNetwork
  let buyer: SimulatedWallet
  let server: PaywallServer
  let clock = Clock()

  init(scheme: L402Scheme = .l402) throws {
    directory = "/tmp/purser-paywall-\(Hex.encode(randomBytes(8)))"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
    network = try SimulatedNetwork(path: directory + "/network.db", now: clock.now)
    buyer = try network.wallet(of: "buyer", openingBalance: try #require(Msat(1_000_000)))
    server = PaywallServer(
      resources: Resource.catalog,
      till: Till(
        seller: L402Seller(masterKey: try RootKey.load(path: directory + "/root.key")),
        wallet: try network.wallet(of: "seller"), scheme: scheme, tokenLifetimeSeconds: 600,
        invoiceExpirySeconds: 60, now: clock.now),
      log: try AccessLog(path: directory + "/access.log"))
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  final class Clock: Sendable {
    private let milliseconds = Mutex<UInt64>(1_700_000_000_000)
    var now: @Sendable () -> Timestamp {
      { Timestamp(milliseconds: self.milliseconds.withLock { $0 }) }
    }
    func advance(seconds: UInt64) { milliseconds.withLock { $0 += seconds * 1000 } }
  }

  struct Answer: Sendable {
    let status: Int
    let challenge: String?
    let body: String
  }

  func get(_ path: String, authorization: String? = nil) async throws -> Answer {
    let application = Application(router: server.router())
    return try await application.test(.router) { client in
      var headers = HTTPFields()
      if let authorization { headers[.authorization] = authorization }
      return try await client.execute(uri: path, method: .get, headers: headers) { response in
        Answer(
          status: response.status.code, challenge: response.headers[.wwwAuthenticate],
          body: String(buffer: response.body))
      }
    }
  }

  /// Pays for `path` and returns the credential.
  func buy(_ path: String) async throws -> L402Credential {
    let header = try #require(try await get(path).challenge)
    let offers = ChallengeParser.challenges(inHeaders: [header])
    let challenge = try #require(offers.first?.challenge)
    let invoice = try Invoice(decoding: challenge.invoice)
    #expect(challenge.identifier?.paymentHash == invoice.paymentHash)
    let amount = try #require(invoice.amountMsat.flatMap { Msat($0) })
    let outcome = await buyer.pay(
      PaymentOrder(invoice: invoice, amount: amount, feeLimit: .zero))
    guard case .settled(let preimage, _) = outcome else {
      Issue.record("the invoice was not paid: \(outcome)")
      throw CancellationError()
    }
    return try L402Credential(answering: challenge, preimage: preimage)
  }

  struct LogLine: Decodable, Equatable {
    let path: String
    let status: Int
    let reason: String
    let tokenID: String?
    let paymentHash: String?

    enum CodingKeys: String, CodingKey {
      case path, status, reason
      case tokenID = "token_id"
      case paymentHash = "payment_hash"
    }
  }

  var logText: String {
    get throws {
      String(
        decoding: try Data(contentsOf: URL(filePath: directory + "/access.log")), as: UTF8.self)
    }
  }

  var log: [LogLine] {
    get throws {
      try logText.split(separator: "\n").map {
        try JSONDecoder().decode(LogLine.self, from: Data($0.utf8))
      }
    }
  }
}

extension L402Credential {
  /// The credential with one more caveat, in the scheme given.
  func narrowed(_ caveat: String? = nil, as scheme: L402Scheme? = nil) throws -> String {
    var macaroon = try #require(macaroons.first)
    if let caveat { macaroon = try macaroon.attenuated(with: caveat) }
    return try L402Credential(
      scheme: scheme ?? self.scheme, tokens: [.macaroon(macaroon, .v2)], preimage: preimage
    ).authorizationValue()
  }
}
