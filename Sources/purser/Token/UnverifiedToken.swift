internal import LibCrypto
internal import Macaroons
internal import PurserCore

/// What a grant token says of itself: only the daemon, which has the keys, can tell whether it is
/// true.
struct UnverifiedToken {
  /// One level of authority.
  struct Level {
    /// What opened it, in hex; nil for the top level.
    let opening: String?
    /// Its caveats in the order of the token; those that opened a level are not among them.
    var caveats: [Caveat] = []
  }

  /// One caveat.
  struct Caveat {
    /// As it stands in the token; in hex where it is not legible text.
    let text: String
    /// What it means; nil when it refuses the token.
    let meaning: GrantCaveat?
  }

  /// The number of the key that it claims to be signed with, and its top-level node.
  let identifier: GrantIdentifier?
  /// From the top down; never empty.
  private(set) var levels = [Level(opening: nil)]
  /// Why every daemon refuses it, in words; empty when nothing can be seen from here.
  private(set) var faults: [String] = []

  init(_ token: GrantToken) {
    identifier = GrantIdentifier(bytes: token.macaroon.identifier)
    if identifier == nil { faults.append("its identifier is not one of a grant token") }
    for (index, caveat) in token.macaroon.caveats.enumerated() {
      add(caveat, place: "caveat \(index + 1)")
    }
    if levels.count > GrantChain.maximumLevels || !isWithinDepth {
      faults.append("it opens more levels than a depth caveat or the bound allows")
    }
    if let (first, second) = PeerBinding.contradiction(in: bindings) {
      faults.append("no process is both \(first.text) and \(second.text)")
    }
  }

  private mutating func add(_ caveat: Macaroon.Caveat, place: String) {
    do throws(GrantCaveatError) {
      let meaning = try GrantCaveat(parsing: caveat.condition)
      guard !caveat.isThirdParty, caveat.location == nil else {
        faults.append("\(place): a third-party caveat, or one with a location")
        return keep(caveat, meaning: nil)
      }
      guard case .grant(let bytes) = meaning else { return keep(caveat, meaning: meaning) }
      levels.append(Level(opening: NodeID(bytes: bytes)?.hex))
    } catch {
      faults.append("\(place): \(Terminal.sanitized("\(error)"))")
      keep(caveat, meaning: nil)
    }
  }

  private mutating func keep(_ caveat: Macaroon.Caveat, meaning: GrantCaveat?) {
    let text = String(validating: caveat.condition, as: UTF8.self)
    let isLegible = text.map { Terminal.sanitized($0, limit: .max) == $0 } ?? false
    let shown = isLegible ? text ?? "" : "0x\(Hex.encode(caveat.condition))"
    levels[levels.count - 1].caveats.append(Caveat(text: shown, meaning: meaning))
  }

  /// The first moment, in Unix seconds, at which it is no longer good; nil for none.
  var validUntilSeconds: UInt64? {
    meanings.compactMap { if case .validUntil(let seconds) = $0 { seconds } else { nil } }.min()
  }

  private var bindings: [PeerBinding] {
    meanings.compactMap { if case .peer(let binding) = $0 { binding } else { nil } }
  }

  private var meanings: [GrantCaveat] { levels.flatMap(\.caveats).compactMap(\.meaning) }

  private var isWithinDepth: Bool {
    levels.enumerated().allSatisfy { index, level in
      let opened = UInt64(levels.count - 1 - index)
      return level.caveats.allSatisfy { caveat in
        if case .depth(let most)? = caveat.meaning { opened <= most } else { true }
      }
    }
  }
}
