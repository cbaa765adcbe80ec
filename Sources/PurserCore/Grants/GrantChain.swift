internal import LibCrypto
internal import Macaroons

/// One level of delegated authority, as a token states it.
///
/// A limit that is nil is not stated at this level; the levels above still bind.
public struct GrantLevel: Sendable, Equatable {
  /// The node whose counters this level uses.
  public let node: NodeID
  /// What people see; nil when the level has no name.
  public internal(set) var name: String?
  /// The most settled and held at this level and below.
  public internal(set) var spendLimit: Msat?
  /// The same for windows, one limit each and at most ``mostWindows``; each has its window.
  public internal(set) var windows: [SpendLimit] = []
  /// The most for one payment or hold, fee included.
  public internal(set) var paymentLimit: Msat?
  /// The only services, or nil for no restriction at this level.
  public internal(set) var services: Set<String>?
  /// The only capabilities, by service.
  public internal(set) var capabilities: [String: Set<String>] = [:]
  /// Unix seconds before which the level is good.
  public internal(set) var validUntilSeconds: UInt64?
  /// How many levels may be opened below.
  public internal(set) var depth: UInt64?
  /// The only methods, as names and patterns; nil for no restriction at this level.
  public internal(set) var methods: [String]?
  /// How many operations are admitted, one limit for each window and at most ``mostWindows``.
  public internal(set) var calls: [CallLimit] = []
  /// Above what a payment waits for an operator, in all or in a window, likewise.
  public internal(set) var approvals: [SpendLimit] = []
  /// What is asked of the process that shows the token; all of it holds at once.
  public internal(set) var peers: [PeerBinding] = []

  /// The most windows that a level may state.
  public static let mostWindows = 4

  /// The total limit and those for windows.
  public var limits: [SpendLimit] { (spendLimit.map { [SpendLimit($0)] } ?? []) + windows }

  /// Whether its limits are these, in this order.
  func states(_ limits: [SpendLimit]) -> Bool {
    guard let spendLimit else { return limits.elementsEqual(windows) }
    return limits.first == SpendLimit(spendLimit) && limits.dropFirst().elementsEqual(windows)
  }

  /// The windows that any of its limits is for.
  public var allWindows: [SpendWindow] {
    windows.compactMap(\.window) + calls.map(\.window) + approvals.compactMap(\.window)
  }

  /// What it states beside its name, its amounts and its end, a caveat each, in one order whatever
  /// the token's.
  public var rules: [GrantCaveat] {
    var rules: [GrantCaveat] = []
    if let services { rules.append(.services(services.sorted())) }
    for (service, names) in capabilities.sorted(by: { $0.key < $1.key }) {
      rules.append(.capabilities(service: service, names.sorted()))
    }
    if let depth { rules.append(.depth(depth)) }
    if let methods { rules.append(.methods(methods)) }
    return rules + calls.map(GrantCaveat.calls) + approvals.map(GrantCaveat.approveAbove)
      + peers.map(GrantCaveat.peer)
  }

  init(node: NodeID) { self.node = node }

  fileprivate var hasFewWindows: Bool {
    windows.count <= Self.mostWindows && calls.count <= Self.mostWindows
      && approvals.count <= Self.mostWindows
  }

  /// Narrows the level by one more caveat; all hold at once, so the tighter one counts.
  mutating func narrow(by caveat: GrantCaveat) {
    switch caveat {
    case .grant: break
    case .name(let text): name = name ?? text
    case .spend(let amount): spendLimit = min(spendLimit ?? amount, amount)
    case .spendPer(let limit): windows.tighten(by: limit)
    case .payment(let amount): paymentLimit = min(paymentLimit ?? amount, amount)
    case .services(let names): services = services?.intersection(names) ?? Set(names)
    case .capabilities(let service, let names):
      capabilities[service] = capabilities[service]?.intersection(names) ?? Set(names)
    case .validUntil(let seconds):
      validUntilSeconds = min(validUntilSeconds ?? seconds, seconds)
    case .depth(let levels): depth = min(depth ?? levels, levels)
    case .methods(let patterns):
      methods = methods.map { MethodPattern.common($0, patterns) } ?? patterns
    case .calls(let limit): calls.tighten(by: limit)
    case .approveAbove(let limit): approvals.tighten(by: limit)
    case .peer(let binding): peers.append(binding)
    }
  }
}

/// A verified token, level by level from the top: the authority that its holder presents.
///
/// Limits belong to the chain; counters belong to its nodes.
public struct GrantChain: Sendable, Equatable {
  /// The levels from the top-level grant down; never empty.
  public let levels: [GrantLevel]
  /// What all levels together ask of the process that shows the token; empty for nothing.
  public let bindings: [PeerBinding]

  /// The most levels of one token.
  public static let maximumLevels = 32

  /// Verifies that `token` is ours and reads its levels.
  ///
  /// It looks at no clock and no ledger: those belong to the moment of use.
  /// - Throws: ``GrantTokenError`` for the first thing that refuses the token.
  public init(verifying token: GrantToken, keyring: Keyring) throws(GrantTokenError) {
    let macaroon = token.macaroon
    let bytes = macaroon.identifier
    guard let identifier = GrantIdentifier(bytes: bytes),
      let rootKey = keyring.grantRootKey(keyID: identifier.keyID, identifier: bytes)
    else { throw .unknownKey }
    let caveats = macaroon.caveats
    // A caveat with a location is a third party's, or no macaroon has it.
    guard !caveats.contains(where: \.isThirdParty) else { throw .foreignCaveat }
    let signatures: Macaroon.Signatures
    do { signatures = try macaroon.verifySignature(rootKey: rootKey) } catch { throw .badSignature }
    levels = try Self.levels(top: identifier.grantID, caveats: caveats, signatures: signatures)
    bindings = levels.flatMap(\.peers)
  }

  private static func levels(
    top: NodeID, caveats: [Macaroon.Caveat], signatures: Macaroon.Signatures
  ) throws(GrantTokenError) -> [GrantLevel] {
    var levels: [GrantLevel] = []
    levels.reserveCapacity(4)
    levels.append(GrantLevel(node: top))
    for index in caveats.indices {
      let caveat: GrantCaveat
      do { caveat = try GrantCaveat(parsing: caveats[index].condition) } catch {
        throw .caveat(index: index, error)
      }
      if case .grant = caveat {
        levels.append(GrantLevel(node: NodeID(openedBySignature: signatures[index])))
      } else {
        levels[levels.count - 1].narrow(by: caveat)
      }
    }
    guard levels.count <= maximumLevels, isWithinDepth(levels) else { throw .tooDeep }
    guard levels.allSatisfy(\.hasFewWindows) else { throw .tooManyWindows }
    return levels
  }

  private static func isWithinDepth(_ levels: [GrantLevel]) -> Bool {
    levels.enumerated().allSatisfy { index, level in
      level.depth.map { UInt64(levels.count - 1 - index) <= $0 } ?? true
    }
  }
}

private let openingLabel = Array("purser/node".utf8)

extension NodeID {
  /// The node of a level: `SHA-256("purser/node" ‖ signature right after its grant caveat)`,
  /// the first 16 bytes.
  ///
  /// Only who can append to the level above can make the signature, so nobody else can name, and
  /// spend from, the node; and caveats that follow do not change it.
  public init(openedBySignature signature: [UInt8]) {
    self.init(digest: SHA256.hash(openingLabel + signature))
  }
}

extension GrantChain {
  /// The level that the token's holder acts at.
  public var holder: GrantLevel { levels[levels.count - 1] }

  /// The node that the token's holder acts at.
  public var node: NodeID { holder.node }

  /// The top-level node.
  public var topNode: NodeID { levels[0].node }

  /// The first moment, in Unix seconds, at which the token is no longer good; nil for none.
  public var validUntilSeconds: UInt64? { levels.compactMap(\.validUntilSeconds).min() }

  /// The most for one payment or hold; nil when no level states one.
  public var paymentLimit: Msat? { levels.compactMap(\.paymentLimit).min() }

  /// The level that has expired at `now`, the topmost first; nil when none has.
  public func expiredNode(at now: Timestamp) -> NodeID? {
    levels.first { level in level.validUntilSeconds.map { now.seconds >= $0 } ?? false }?.node
  }

  /// Whether every level allows `service`.
  public func allows(service: String) -> Bool {
    levels.allSatisfy { $0.services?.contains(service) ?? true }
  }

  /// The services that every level allows; nil when no level restricts them.
  public var services: Set<String>? {
    intersection(of: levels.compactMap(\.services))
  }

  /// Whether every level allows the method `name`.
  public func allows(method name: String) -> Bool {
    levels.allSatisfy { level in level.methods.map { MethodPattern.match(name, any: $0) } ?? true }
  }

  /// The methods that every level allows, as names and patterns; nil when no level restricts them.
  public var methods: [String]? {
    levels.compactMap(\.methods).reduce(nil) { common, patterns in
      common.map { MethodPattern.common($0, patterns) } ?? patterns
    }
  }

  /// The capabilities of `service` that every level allows; nil when no level restricts them.
  public func capabilities(of service: String) -> Set<String>? {
    intersection(of: levels.compactMap { $0.capabilities[service] })
  }

  /// How many levels may still be opened below; nil when only the general bound holds.
  public var remainingDepth: UInt64? {
    levels.enumerated().compactMap { index, level in
      level.depth.map { $0 - UInt64(levels.count - 1 - index) }
    }.min()
  }

  private func intersection(of sets: [Set<String>]) -> Set<String>? {
    guard var result = sets.first else { return nil }
    for set in sets.dropFirst() { result.formIntersection(set) }
    return result
  }
}
