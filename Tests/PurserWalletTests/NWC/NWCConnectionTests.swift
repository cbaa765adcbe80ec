import LibCrypto
import PurserCore
import Testing

@testable import PurserWallet

@Suite struct NWCConnectionTests {
  // The example of NIP-47.
  static let wallet = "b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4"
  static let secret = "71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c"
  static let start = "nostr+walletconnect://\(wallet)"

  @Test func `the example of NIP-47 is read`() throws {
    let connection = try NWCConnection(
      Self.start + "?relay=wss%3A%2F%2Frelay.damus.io&secret=\(Self.secret)")
    #expect(connection.wallet == Self.wallet)
    #expect(connection.relays.map(\.text) == ["wss://relay.damus.io"])
    #expect(connection.lightningAddress == nil)
    let key = try Schnorr.publicKey(privateKey: try #require(Hex.decode(Self.secret)))
    #expect(connection.key.publicKey == Hex.encode(key))
  }

  @Test func `several relays, an address and forms that wallets write are read`() throws {
    let connection = try NWCConnection(
      "NOSTR+WALLETCONNECT:\(Self.wallet.uppercased())?secret=\(Self.secret)&lud16=a%40b.example"
        + "&relay=wss://one.example/nostr%3Fx=1&relay=ws://[::1]:7000&relay=ws://[::1]:7000&x=y")
    #expect(connection.wallet == Self.wallet)
    #expect(connection.lightningAddress == "a@b.example")
    #expect(connection.relays.map(\.host) == ["one.example", "::1"])
    #expect(connection.relays.map(\.port) == [443, 7000])
    #expect(connection.relays.map(\.target) == ["/nostr?x=1", "/"])
    #expect(connection.relays.map(\.hostHeader) == ["one.example", "[::1]:7000"])
    #expect(connection.relays.map(\.serverName) == ["one.example", nil])
  }

  @Test(arguments: [
    ("", NWCConfigurationError.badURI), ("nostr+walletconnect://", .badURI),
    ("https://\(wallet)?relay=wss://a&secret=\(secret)", .badURI),
    ("nostr+walletconnect://\(wallet.dropLast())?relay=wss://a&secret=\(secret)", .badURI),
    ("nostr+walletconnect://\(wallet)0?relay=wss://a&secret=\(secret)", .badURI),
    (
      "nostr+walletconnect://\(String(repeating: "0", count: 64))?relay=wss://a&secret=\(secret)",
      .badURI
    ),
    ("nostr+walletconnect://me@\(wallet)?relay=wss://a&secret=\(secret)", .badURI),
    ("\(start)/path?relay=wss://a&secret=\(secret)", .badURI),
    ("\(start)?relay=wss://a&secret=\(secret)&x=\(String(repeating: "x", count: 5000))", .badURI),
    ("\(start)?secret=\(secret)", .badRelay), ("\(start)?relay&secret=\(secret)", .badRelay),
    ("\(start)?relay=&secret=\(secret)", .badRelay),
    ("\(start)?relay=https://a&secret=\(secret)", .badRelay),
    ("\(start)?relay=wss://&secret=\(secret)", .badRelay),
    ("\(start)?relay=wss://a:0&secret=\(secret)", .badRelay),
    ("\(start)?relay=wss://a:99999&secret=\(secret)", .badRelay),
    ("\(start)?relay=wss://u@a&secret=\(secret)", .badRelay),
    ("\(start)?relay=wss://a/%0d%0ax:y&secret=\(secret)", .badRelay),
    (
      "\(start)?\((0..<9).map { "relay=wss://a\($0)" }.joined(separator: "&"))&secret=\(secret)",
      .badRelay
    ),
    ("\(start)?relay=wss://a", .badSecret), ("\(start)?relay=wss://a&secret=", .badSecret),
    ("\(start)?relay=wss://a&secret=00", .badSecret),
    ("\(start)?relay=wss://a&secret=\(String(repeating: "0", count: 64))", .badSecret),
    ("\(start)?relay=wss://a&secret=\(String(repeating: "f", count: 64))", .badSecret),
    ("\(start)?relay=wss://a&secret=\(secret)&secret=\(secret)", .badSecret),
  ])
  func `what is no connection is refused, and the error has nothing of it`(
    uri: String, expected: NWCConfigurationError
  ) {
    let error = #expect(throws: NWCConfigurationError.self) { try NWCWallet(uri: uri) }
    #expect(error == expected, "\(uri)")
    #expect(error?.description.contains(Self.secret) == false)
  }

  @Test func `the reserve is the greater of the least one and the share, rounded up`() throws {
    let settings = NWCSettings(reserveMinimum: try amount(2_000), reservePartsPerMillion: 10_000)
    for (price, reserve) in [
      (0, 2_000), (200_000, 2_000), (200_001, 2_001), (1_000_000, 10_000),
    ] as [(UInt64, UInt64)] {
      #expect(settings.reserve(for: try amount(price)).value == reserve)
    }
    #expect(
      NWCSettings(reserveMinimum: .zero, reservePartsPerMillion: 0).reserve(for: .max) == .zero)
    #expect(
      NWCSettings(reserveMinimum: .zero, reservePartsPerMillion: .max).reserve(for: .max) == .max)
  }
}
