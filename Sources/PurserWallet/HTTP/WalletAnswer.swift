internal import FoundationEssentials

/// An answer of a wallet, its body bounded and not yet understood.
struct WalletAnswer: Sendable {
  let status: UInt
  let body: [UInt8]

  func decoded<Message: Decodable>(_ type: Message.Type) -> Message? {
    try? JSONDecoder().decode(type, from: Data(body))
  }
}
