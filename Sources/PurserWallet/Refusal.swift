internal import PurserCore

extension PaymentOutcome {
  /// What a wallet's refusal of an order means: failed, unless it has a payment of this invoice on
  /// record that is not.
  static func refused(
    _ reason: String, recorded: () async throws(WalletError) -> PaymentStatus
  ) async -> PaymentOutcome {
    do throws(WalletError) {
      switch try await recorded() {
      case .notFound, .failed: return .failed(reason: reason)
      case .pending, .settled:
        return .unknown(reason: "\(reason); but there is an earlier payment of this invoice")
      }
    } catch {
      return .unknown(reason: "\(reason); and looking it up: \(error.text)")
    }
  }
}

extension WalletError {
  /// What is behind it.
  var text: String {
    switch self {
    case .unreachable(let text), .unauthorized(let text), .unexpected(let text): text
    }
  }
}
