internal import PurserCore

/// What a caller lets one purchase cost at most, beside what grants and policy say.
struct PurchaseLimits: Sendable {
  /// The most that the seller may ask, without routing; nil for no limit.
  var cost: Msat?
  /// The most that routing may cost; nil for what the policy allows.
  var fee: Msat?

  /// Refuses a price above the limit.
  func check(price: Msat) throws(Refusal) {
    guard let cost, price > cost else { return }
    throw .forbidden(
      rule: "request:max_cost",
      explanation: "the seller asks \(price), above the max_cost \(cost) of this request")
  }

  /// Refuses what the policy charges for a copy when it is above the limit.
  func check(charge: Msat) throws(Refusal) {
    guard let cost, charge > cost else { return }
    throw .forbidden(
      rule: "request:max_cost",
      explanation: "a copy is charged \(charge), above the max_cost \(cost) of this request")
  }

  /// The most that routing may cost, where the policy allows `policyLimit` and the wallet may take
  /// `reserve` without being told.
  /// - Throws: ``Refusal/forbidden(rule:explanation:)`` when the wallet may take more than the
  ///   caller allows.
  func feeLimit(policyLimit: Msat, reserve: Msat) throws(Refusal) -> Msat {
    guard let fee else { return max(policyLimit, reserve) }
    guard reserve <= fee else {
      throw .forbidden(
        rule: "request:max_fee",
        explanation: """
          the wallet may take \(reserve) for routing without being told, above the max_fee \(fee) \
          of this request
          """)
    }
    return max(min(policyLimit, fee), reserve)
  }
}
