internal import LibCrypto

/// What a connection URI says (NIP-47 "Nostr Wallet Connect URI").
struct NWCConnection: Sendable {
  /// The key that the wallet signs with, 64 lower-case hex digits.
  let wallet: String
  /// Where the wallet listens, in the order of the URI.
  let relays: [RelayAddress]
  /// Our own key.
  let key: NostrKey
  /// The lightning address of the wallet, if it has one.
  let lightningAddress: String?

  private static let maximumLength = 4096
  private static let maximumRelays = 8
  private static let scheme = "nostr+walletconnect:"

  /// The connection that `uri` describes.
  /// - Throws: ``NWCConfigurationError``.
  init(_ uri: String) throws(NWCConfigurationError) {
    guard uri.utf8.count <= Self.maximumLength, uri.lowercased().hasPrefix(Self.scheme) else {
      throw .badURI
    }
    // Some wallets leave out the two slashes.
    let rest = uri.dropFirst(Self.scheme.count)
    let parts = (rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
      .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let wallet = parts[0].lowercased()
    guard parts.count == 2, let bytes = Hex.decode(wallet), Schnorr.isPublicKey(bytes) else {
      throw .badURI
    }
    func values(_ name: String) -> [String] { Self.values(of: name, in: parts[1]) }
    var relays: [RelayAddress] = []
    for text in values("relay") {
      guard let relay = RelayAddress(text) else { throw .badRelay }
      if !relays.contains(relay) { relays.append(relay) }
    }
    guard (1...Self.maximumRelays).contains(relays.count) else { throw .badRelay }
    let secrets = values("secret")
    guard secrets.count == 1, let key = try? NostrKey(hex: secrets[0]) else { throw .badSecret }
    self.wallet = wallet
    self.relays = relays
    self.key = key
    lightningAddress = values("lud16").first.map { CleanText.line($0, maximum: 100) }
  }

  /// The values that a query gives `name`, decoded; those that do not decode are empty.
  private static func values(of name: String, in query: Substring) -> [String] {
    let items: [Substring] = query.split(separator: "&")
    return items.compactMap { (item: Substring) -> String? in
      let pair: [Substring] = item.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair[0] == name else { return nil }
      return pair.count == 2 ? decoded(pair[1]) ?? "" : ""
    }
  }
  /// What `text` stands for when `%` and two hex digits are a byte; nil when that is no UTF-8.
  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(Hex.value),
        let low = rest.popFirst().flatMap(Hex.value)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
