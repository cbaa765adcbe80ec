internal import PurserCore

/// What lets Purser in at a node of Core Lightning, and how far.
enum CLNPowers {
  /// The methods that Purser calls; either of the first two pays.
  static let methods = ["xpay", "pay", "listpays", "invoice", "listpeerchannels", "getinfo"]

  /// Methods with which a node can be emptied, tied up or handed on; Purser calls none of them.
  private static let dangerous = [
    "autoclean-once", "bkpr-editdescriptionbypaymenthash", "blacklistrune", "close", "connect",
    "createinvoice", "createonion", "createrune", "datastore", "delinvoice", "delpay", "dev-",
    "disconnect", "exposesecret", "fundchannel", "injectpaymentonion", "keysend", "multiwithdraw",
    "newaddr", "plugin", "recover", "renepay", "sendonion", "sendpay", "setchannel", "setconfig",
    "signmessage", "signpsbt", "splice", "stop", "txsend", "upgradewallet", "withdraw",
  ]

  static func powers(
    of connection: CLNConnection, _ rune: Rune?, software: String
  ) -> WalletPowers {
    switch connection {
    case .socket:
      return WalletPowers(
        allowed: Set(WalletPowers.Power.allCases),
        excess: ["every method: the socket knows no permissions"], software: software)
    case .rest:
      guard let rune else { return WalletPowers(allowed: [], software: software) }
      return powers(of: rune, software: software)
    }
  }

  static func powers(of rune: Rune, software: String) -> WalletPowers {
    var allowed: Set<WalletPowers.Power> = []
    var refused: Set<WalletPowers.Power> = []
    for power in WalletPowers.Power.allCases {
      let answers = methods(for: power).map { rune.answer(to: $0) }
      if answers.contains(.allowed) { allowed.insert(power) }
      if answers.allSatisfy({ $0 == .refused }) { refused.insert(power) }
    }
    let excess = dangerous.filter { rune.answer(to: $0) != .refused }
    return WalletPowers(allowed: allowed, refused: refused, excess: excess, software: software)
  }

  private static func methods(for power: WalletPowers.Power) -> [String] {
    switch power {
    case .pay: ["xpay", "pay"]
    case .lookUp, .list: ["listpays"]
    case .receive: ["invoice"]
    case .balance: ["listpeerchannels"]
    }
  }
}
