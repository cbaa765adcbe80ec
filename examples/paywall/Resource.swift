internal import PurserCore

/// One thing that is for sale.
struct Resource: Sendable {
  /// Where it is on the server.
  let path: String
  /// The service that a token must name.
  let service: String
  /// The capability that a token must have; nil where any token for the service will do.
  let capability: String?
  /// The capabilities of a token bought here; nil for all of the service.
  let grants: [String]?
  /// What a token costs.
  var price: Msat
  /// The answer, JSON.
  let content: String
}

extension Resource {
  /// All that this server sells, at its usual prices.
  static let catalog = [
    Resource(
      path: "/market-data/prices", service: "market-data", capability: "prices",
      grants: ["prices"], price: satoshi(10),
      content: #"{"prices":[{"pair":"BTC-EUR","price":"91250.10"},"#
        + #"{"pair":"BTC-USD","price":"105800.55"}]}"#),
    // The dearer token is good for the prices too.
    Resource(
      path: "/market-data/depth", service: "market-data", capability: "depth",
      grants: ["depth", "prices"], price: satoshi(25),
      content: #"{"asks":[["105801.00","0.42"],["105803.50","1.10"]],"#
        + #""bids":[["105800.00","0.75"],["105798.25","2.00"]],"pair":"BTC-USD"}"#),
    Resource(
      path: "/news/latest", service: "news", capability: nil, grants: nil, price: satoshi(5),
      content: #"{"news":[{"headline":"Ship's purser balances the books","id":1}]}"#),
  ]

  private static func satoshi(_ count: UInt64) -> Msat { Msat(count * 1000) ?? .max }
}
