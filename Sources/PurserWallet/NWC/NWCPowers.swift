public import PurserCore

extension NWCWallet {
  /// What the connection may do.
  ///
  /// `get_info` tells it of this connection. Without it there is the wallet's info event, which is
  /// about all its connections: what it does not name is refused, and what it names may be too.
  /// - Throws: ``WalletError``.
  public func powers() async throws(WalletError) -> WalletPowers {
    let offer = try await offer()
    var methods = offer.methods
    var isCertain = false
    var alias: String?
    if offer.offers(.getInfo) {
      do throws(NWCFailure) {
        let info = try await call(.getInfo, NWCParameters.None(), NWCResult.Info.self)
        alias = info.alias
        if let named = info.methods {
          methods = Set(named.prefix(64).map { CleanText.line($0, maximum: 64) })
          isCertain = true
        }
      } catch {
        guard case .refused = error else { throw error.walletError }
      }
    }
    let named = WalletPowers.Power.allCases.filter { power in
      power.methods.contains { methods.contains($0.rawValue) }
    }
    let used = Set(NWCMethod.allCases.map(\.rawValue)).union(["notifications"])
    return WalletPowers(
      allowed: isCertain ? Set(named) : [],
      refused: Set(WalletPowers.Power.allCases).subtracting(named),
      excess: methods.subtracting(used).sorted(),
      software: alias.map {
        CleanText.line($0, maximum: WalletPowers.maximumSoftwareLength)
      })
  }
}

extension WalletPowers.Power {
  /// The methods of which any one does it.
  fileprivate var methods: [NWCMethod] {
    switch self {
    case .pay: [.payInvoice]
    case .lookUp: [.lookUpInvoice, .listTransactions]
    case .list: [.listTransactions]
    case .receive: [.makeInvoice]
    case .balance: [.getBalance]
    }
  }
}
