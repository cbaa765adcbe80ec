internal import PurserAPI
internal import PurserCore

/// What is made of the powers of a wallet's credential.
struct WalletDiagnosis {
  private let reply: WalletExamine.Reply

  init(_ reply: WalletExamine.Reply) { self.reply = reply }

  /// Whether nothing is refused without which no payment is safe.
  var isGood: Bool { !reply.refused.contains("pay") && !reply.refused.contains("look_up") }

  /// What was found, for people.
  var lines: [String] {
    var facts = [
      ("kind", Terminal.sanitized(reply.kind)), ("name", Terminal.sanitized(reply.name)),
      ("software", Terminal.sanitized(reply.software ?? "does not say")),
    ]
    for power in WalletPowers.Power.allCases {
      facts.append((power.rawValue, "\(standing(power)): \(Self.purpose(power))"))
    }
    facts.append(("fee limit", feeLimit))
    for item in reply.excess {
      facts.append(("warning", "it may do more than Purser uses: \(Terminal.sanitized(item))"))
    }
    if !reply.excess.isEmpty { facts.append(("advice", remedy)) }
    return TextTable.facts(facts)
  }

  /// How to come to a credential that may do what Purser uses and nothing else.
  var remedy: String {
    switch reply.kind {
    case "lnd": "bake a macaroon for these calls alone: \(Self.macaroon)"
    case "core_lightning": "use clnrest with a rune for these methods alone: \(Self.rune)"
    case "phoenixd":
      "phoenixd has no narrower password that pays: keep in it no more than you can lose, and give "
        + "http-password, not the one of limited access"
    case "lnbits":
      "give the admin key as admin_key_file and the invoice key as invoice_key_file, of a wallet "
        + "that Purser has for itself"
    default: "give a credential that pays and looks payments up"
    }
  }

  private var feeLimit: String {
    reply.feeReserveMsat == .zero
      ? "the wallet keeps to it"
      : "the wallet takes none; for 1000sat, \(reply.feeReserveMsat) are set aside"
  }

  private func standing(_ power: WalletPowers.Power) -> String {
    if reply.allowed.contains(power.rawValue) { return "yes" }
    return reply.refused.contains(power.rawValue) ? "no" : "cannot be told"
  }

  private static func purpose(_ power: WalletPowers.Power) -> String {
    switch power {
    case .pay: "needed to buy"
    case .lookUp: "needed to learn what became of a payment after a crash or a timeout"
    case .list: "finds payments that a restored ledger does not know"
    case .receive: "fills the wallet, by 'purser wallet invoice'"
    case .balance: "shows what is left"
    }
  }

  private static let macaroon = """
    lncli bakemacaroon --save_to purser.macaroon uri:/routerrpc.Router/SendPaymentV2 \
    uri:/routerrpc.Router/TrackPaymentV2 uri:/lnrpc.Lightning/ListPayments \
    uri:/lnrpc.Lightning/AddInvoice uri:/lnrpc.Lightning/ChannelBalance \
    uri:/lnrpc.Lightning/GetInfo
    """

  private static let rune = """
    lightning-cli createrune restrictions='[["method=xpay","method=pay","method=listpays",\
    "method=invoice","method=listpeerchannels","method=getinfo"]]'
    """
}
