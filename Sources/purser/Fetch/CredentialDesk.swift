internal import LibCrypto
internal import PurserAPI
internal import PurserCore

/// The daemon's side of fetching: which services there are, and the credentials that it gives.
///
/// It belongs to one command. It keeps what it got in memory for the command's other URLs, and buys
/// for a service once; where a payment is good for one request, once for each URL.
final class CredentialDesk {
  /// What a command may pay.
  struct Terms {
    var maxCost: Msat?
    var maxFee: Msat?
    var ttl: UInt64?
    var wait: UInt64?
    /// The service, whatever the path says; its origin must be the URL's all the same.
    var service: String?
    var key: String
  }

  private let call: DaemonCall
  private let terms: Terms
  private var known: [ServiceList.Entry]?
  private var held: [String: CredentialReply] = [:]
  /// The services that something was bought of, or tried to be.
  private var bought: Set<String> = []
  private var purchases = 0
  /// What the command has paid so far, routing included.
  private(set) var paid = Msat.zero

  /// A copy that ends sooner than this is not used any more, in seconds.
  private static let marginSeconds: UInt64 = 5

  init(_ call: DaemonCall, _ terms: Terms) {
    self.call = call
    self.terms = terms
  }

  /// The service that `url` belongs to.
  /// - Throws: ``FetchFailure``, also when another was named than has this origin.
  func service(of url: FetchURL) async throws(FetchFailure) -> ServiceChoice {
    let services = try await services()
    guard let named = terms.service else { return ServiceChoice.of(url, among: services) }
    guard let entry = services.first(where: { $0.service == named }) else {
      throw FetchFailure(
        .failed, "no_service", "your grant has no service '\(named)'",
        hint: "`purser status` lists those that it may use")
    }
    guard entry.origins.contains(url.origin) else {
      throw FetchFailure(
        .failed, "origin",
        "'\(named)' is at \(entry.origins.joined(separator: ", ")), and not at \(url.origin)",
        hint: "a credential is shown to its own service alone")
    }
    return .one(entry)
  }

  private func services() async throws(FetchFailure) -> [ServiceList.Entry] {
    if let known { return known }
    let list = try await told { call async throws(CommandFailure) in
      try await call.plain(ServiceList.self, NoParameters()).services
    }
    known = list
    return list
  }

  /// A credential that costs nothing: one of this command, or one that the daemon has.
  func credential(for service: ServiceList.Entry) async throws(FetchFailure) -> CredentialReply? {
    let name = service.service
    if let mine = held[name] {
      let isGood = mine.expiresAt.map { $0 > TimeText.now() + Self.marginSeconds } ?? true
      if isGood { return mine }
      held[name] = nil
    } else if !service.hasCredential {
      return nil
    }
    let parameters = CredentialRequest.Parameters(
      service: name, ttlSeconds: terms.ttl, buy: .never)
    do throws(CommandFailure) {
      let reply = try await call.change(
        CredentialRequest.self, parameters, key: DaemonCall.freshKey())
      held[name] = reply
      return reply
    } catch {
      guard error.refusal?.kind != .notFound else { return nil }
      throw FetchFailure(error)
    }
  }

  /// Whether another credential may be bought for `service` by this command, or for this URL.
  func mayBuy(for service: ServiceList.Entry) -> Bool { !bought.contains(service.service) }

  /// Buys a credential, or gets what others have bought meanwhile.
  ///
  /// With `challenge`, the seller's own headers, that very challenge is paid.
  /// - Throws: ``FetchFailure``.
  func buy(
    for service: ServiceList.Entry, challenge: [String]?
  ) async throws(FetchFailure) -> CredentialReply {
    let name = service.service
    // The command's own key is for its first purchase, so that it can be repeated with it.
    let key =
      purchases == 0 ? terms.key : Hex.encode(SHA256.hash(Array("\(terms.key)/\(purchases)".utf8)))
    purchases += 1
    bought.insert(name)
    let most = terms.maxCost.map { $0.subtractingToZero(paid) }
    let (ttl, wait, fee) = (terms.ttl, terms.wait, terms.maxFee)
    let reply = try await told { call async throws(CommandFailure) in
      guard let challenge else {
        return try await call.change(
          CredentialRequest.self,
          .init(
            service: name, ttlSeconds: ttl, waitSeconds: wait, maxCostMsat: most, maxFeeMsat: fee),
          key: key)
      }
      return try await call.change(
        ChallengePay.self,
        .init(
          service: name, wwwAuthenticate: challenge, ttlSeconds: ttl, waitSeconds: wait,
          maxCostMsat: most, maxFeeMsat: fee),
        key: key)
    }
    paid = paid.adding(reply.costMsat) ?? .max
    held[name] = reply
    return reply
  }

  /// Forgets what the URL before has used up.
  func beginURL() {
    for (name, reply) in held where reply.isForOneRequest {
      held[name] = nil
      bought.remove(name)
    }
  }

  /// Tells the daemon that a seller refused a credential, and forgets it.
  /// - Returns: Whether it is handed out no more.
  func report(
    _ credential: CredentialReply
  ) async throws(FetchFailure) -> CredentialReport.Reply.State {
    held[credential.service] = nil
    let parameters = CredentialReport.Parameters(
      credential: credential.credential, problem: .refused, buy: .never)
    return try await told { call async throws(CommandFailure) in
      try await call.change(CredentialReport.self, parameters, key: DaemonCall.freshKey()).state
    }
  }

  /// What a challenge would cost.
  func quote(
    for service: ServiceList.Entry, challenge: [String]?
  ) async throws(FetchFailure) -> ChallengeQuote.Reply {
    let parameters = ChallengeQuote.Parameters(
      service: service.service, wwwAuthenticate: challenge)
    return try await told { call async throws(CommandFailure) in
      try await call.plain(ChallengeQuote.self, parameters)
    }
  }

  private func told<Value>(
    _ body: (DaemonCall) async throws(CommandFailure) -> Value
  ) async throws(FetchFailure) -> Value {
    do throws(CommandFailure) { return try await body(call) } catch { throw FetchFailure(error) }
  }
}

extension CredentialReply {
  /// Whether it pays for one request alone, as the Payment scheme has it.
  fileprivate var isForOneRequest: Bool { scheme.lowercased() == "payment" }
}
