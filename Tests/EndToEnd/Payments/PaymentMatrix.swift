import Foundation
import Glibc
import LibCrypto
import PurserAPI
import PurserClient
import PurserCore
import PurserWallet

/// Purchases that meet trouble at one point, one after another, each followed to its end.
struct PaymentMatrix: Sendable {
  private let installation: Installation
  private let seller: Seller
  private let layer: FaultLayer
  private let grant: GrantCreate.Reply
  private var daemon: ChildProcess

  private static let service = "goods"
  private static let price: UInt64 = 5_000

  init(_ installation: Installation) throws {
    self.installation = installation
    seller = try Seller(network: installation.network)
    layer = try FaultLayer(installation)
    try installation.writePolicy(seller.policy(Self.service, feeLimit: 100))
    daemon = try installation.startDaemon(environment: layer.environment)
    grant = try installation.grant(.init("buyer", spend: 1_000_000_000))
  }

  /// Buys once, with `trouble` from `point` on, the daemon killed there if `isKilled`; mends what
  /// there is to mend, and sees that it was bought once and that all books agree.
  mutating func buy(_ trouble: WalletTrouble, at point: PaymentPoint, isKilled: Bool) throws {
    let price = try require(Msat(Self.price), "a price")
    let challenge = try seller.challenge(for: Self.service, price: price)
    let key = Hex.encode(challenge.paymentHash)
    let first = try meetTrouble(trouble, at: point, isKilled: isKilled, challenge, key: key)
    if isKilled { daemon = try installation.startDaemon(environment: layer.environment) }
    // Whoever asks again while the wallet is in trouble gets the answer, or is told to wait.
    let meanwhile = try ask(challenge, key: key)
    try check(
      [nil, "payment_pending", "payment_failed", "overloaded"].contains(meanwhile.refusal),
      "while the wallet is in trouble: \(meanwhile.refusal ?? "")")
    try mend()
    let reply = try waitFor("the purchase to be over", seconds: 60) {
      try ask(challenge, key: key).reply
    }
    for earlier in [first, meanwhile.reply].compactMap(\.self) {
      try check(earlier == reply, "the same key had another answer before")
    }
    try checkBooks(challenge, reply)
  }

  /// Asks in the background, waits until the purchase has come to `point`, and makes trouble there.
  /// - Returns: The reply, where one came.
  private func meetTrouble(
    _ trouble: WalletTrouble, at point: PaymentPoint, isKilled: Bool,
    _ challenge: MintedChallenge, key: String
  ) throws -> CredentialReply? {
    let network = installation.network
    if point == .whileItIsOut {
      // Out for long enough to be met there.
      try network.configure(Installation.payer, SimulatedBehavior(delayMilliseconds: 400))
      if trouble.strikesOrders { try trouble.begin(on: network) }
    }
    if let step = point.step { try layer.control.arm([step]) }
    let replies = try concurrently(2) { index -> CredentialReply? in
      guard index == 0 else {
        try waitUntil(point, challenge)
        if !(point == .whileItIsOut && trouble.strikesOrders) { try trouble.begin(on: network) }
        if isKilled { daemon.kill() } else { try layer.control.pass() }
        return nil
      }
      return try ask(challenge, key: key).reply
    }
    try layer.control.disarm()
    return replies.compactMap(\.self).first
  }

  private func waitUntil(_ point: PaymentPoint, _ challenge: MintedChallenge) throws {
    _ = try waitFor("the purchase to come to \(point)") {
      guard point == .whileItIsOut else { return try layer.control.fired > 0 ? true : nil }
      return try installation.network.payments(of: Installation.payer).contains {
        $0.paymentHash == challenge.paymentHash
      } ? true : nil
    }
  }

  /// The reply, or why there is none; neither when the daemon was killed over it.
  private func ask(
    _ challenge: MintedChallenge, key: String
  ) throws -> (reply: CredentialReply?, refusal: String?) {
    do {
      let reply = try installation.agent(grant.token).call(
        ChallengePay.self, challenge.parameters, key: key)
      return (reply, nil)
    } catch ClientError.refused(let refusal) {
      return (nil, refusal.reason)
    } catch ClientError.interrupted {
      return (nil, nil)
    }
  }

  /// The wallet is well again, and no trouble waits for its next order.
  private func mend() throws {
    let network = installation.network
    try network.clearFaults(of: Installation.payer)
    try network.configure(Installation.payer, SimulatedBehavior())
  }

  /// One payment, in the wallet, the tree and the vault alike, and nothing held for any.
  private func checkBooks(_ challenge: MintedChallenge, _ reply: CredentialReply) throws {
    let books = try Books(installation)
    let wallet = try installation.network.payments(of: Installation.payer)
      .filter { $0.state == .settled }
    try check(
      wallet.count { $0.paymentHash == challenge.paymentHash } == 1, "it was not paid once")
    let paid = wallet.reduce(0) { $0 + $1.amount.value + $1.fee.value }
    let view = try require(try books.tree()[grant.node], "the grant")
    try check(
      view.settledMsat.value == paid && view.heldMsat == .zero,
      "the wallet paid \(paid); the grant has \(view.settledMsat) and holds \(view.heldMsat)")
    let vault = try books.vault().filter {
      $0.paymentHash == Hex.encode(challenge.paymentHash)
    }
    try check(
      vault.map(\.credential) == [reply.credential] && vault.first?.costMsat.value == Self.price,
      "the vault has \(vault.count) of it")
    let open = try books.connection.call(PaymentList.self, NoParameters()).payments
    try check(open.isEmpty, "\(open.count) payments are open")
  }

  /// Ledger and log add up.
  func verify() throws { try Books(installation).verify() }
}
