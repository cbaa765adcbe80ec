import L402
import LibCrypto
import PurserAPI
import PurserCore
import PurserWallet

/// A seller without a server: it mints challenges whose invoices its node of the network signs.
struct Seller: Sendable {
  let network: SimulatedNetwork
  /// The node's public key in hex, as a policy pins it.
  let payee: String
  private let tokens = L402Seller(masterKey: randomBytes(32))

  /// The node of the simulated network that is paid.
  static let node = "merchant"

  init(network: SimulatedNetwork) throws {
    self.network = network
    _ = try network.wallet(of: Self.node)
    payee = Hex.encode(try network.publicKey(of: Self.node))
  }

  /// A challenge that nobody has seen before.
  func challenge(for service: String, price: Msat) throws -> MintedChallenge {
    let request = InvoiceRequest(amount: price, description: service, expirySeconds: 3600)
    let invoice = try network.createInvoice(request, for: Self.node)
    let challenge = try tokens.mint(
      paymentHash: invoice.paymentHash, tokenID: randomBytes(32), invoice: invoice.text,
      terms: [L402Terms(service: L402Service(name: service))])
    return MintedChallenge(
      parameters: ChallengePay.Parameters(
        service: service, wwwAuthenticate: [challenge.headerValue()]),
      paymentHash: invoice.paymentHash, price: price)
  }
}

/// A challenge as an agent brings it.
struct MintedChallenge: Sendable {
  let parameters: ChallengePay.Parameters
  let paymentHash: [UInt8]
  let price: Msat
}

extension Seller {
  /// A service of the policy whose challenges agents bring, paid to this seller's key alone.
  func policy(_ service: String, feeLimit: UInt64) -> String {
    """
      \(service):
        origins: ["http://127.0.0.1:1"]
        challenge_path: /
        payees: [\(payee)]
        price_ceiling: 100sat
        fee_limit: \(feeLimit)msat
        credential_lifetime: 10m
    """
  }
}
