public import PurserCore

extension Command {
  /// The intent of a payment that nobody has to approve.
  public static func beginPayment(_ payment: Payment, by chain: GrantChain) -> Command {
    .beginPayment(
      payment, by: chain, under: PaymentTerms(payee: [UInt8](repeating: 2, count: 33)))
  }
}
