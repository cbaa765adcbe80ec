import FoundationEssentials
import L402
import LibCrypto
import PurserCore
import PurserWallet
import Synchronization
import Testing

/// A simulated network in a file of its own, with a buyer that has 1,000 sat and a seller.
final class SimulatedWorld: Sendable {
  let directory: String
  let network: SimulatedNetwork
  let buyer: SimulatedWallet
  let seller: SimulatedWallet
  let clock = ManualClock()

  init() throws {
    directory = "/tmp/purser-wallet-\(Hex.encode(randomBytes(8)))"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
    network = try SimulatedNetwork(path: directory + "/network.db", now: clock.now)
    buyer = try network.wallet(of: "buyer", openingBalance: try amount(1_000_000))
    seller = try network.wallet(of: "seller")
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// The same file as another process would open it.
  func reopened() throws -> SimulatedNetwork {
    try SimulatedNetwork(path: directory + "/network.db", now: clock.now)
  }

  func order(
    msat: UInt64, feeLimit: UInt64 = 0, expiry: UInt64 = 600
  ) async throws -> PaymentOrder {
    let text = try await seller.createInvoice(
      InvoiceRequest(amount: try amount(msat), description: "data", expirySeconds: expiry))
    return PaymentOrder(
      invoice: try Invoice(decoding: text), amount: try amount(msat),
      feeLimit: try amount(feeLimit))
  }

  /// Everything that nodes have or have on the way, and what went to routing.
  func total(_ nodes: [String]) throws -> UInt64 {
    var sum: UInt64 = 0
    for node in nodes { sum += try network.balance(of: node).value }
    for payment in try network.payments() {
      switch payment.state {
      case .pending: sum += payment.amount.value + payment.fee.value
      case .settled: sum += payment.fee.value
      case .failed: break
      }
    }
    return sum
  }
}

/// A clock that stands still until it is moved.
final class ManualClock: Sendable {
  private let milliseconds = Mutex<UInt64>(1_700_000_000_000)

  var now: @Sendable () -> Timestamp {
    { Timestamp(milliseconds: self.milliseconds.withLock { $0 }) }
  }

  func advance(milliseconds step: UInt64) { milliseconds.withLock { $0 += step } }
}

func amount(_ msat: UInt64) throws -> Msat { try #require(Msat(msat)) }
