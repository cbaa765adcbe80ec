internal import ArgumentParser
internal import LibCrypto
internal import PurserAPI
internal import PurserCore

/// A grant's id as people give it: 32 hex digits, or at least the first 8 of them.
struct NodeArgument: ExpressibleByArgument {
  /// How many digits of an id people see in a tree.
  static let shownDigits = 8

  /// The digits that were given.
  let digits: String

  init?(argument: String) {
    let isHex = argument.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
    guard isHex, (Self.shownDigits...32).contains(argument.utf8.count) else { return nil }
    digits = argument
  }

  /// The id itself, looked up in the tree that the caller sees when it was given shortened.
  /// - Throws: ``CommandFailure`` when it is none or several grants' there.
  func resolve(over call: DaemonCall) async throws(CommandFailure) -> NodeID {
    if let node = NodeID(hex: digits) { return node }
    let tree = try await call.plain(GrantTree.self, GrantTree.Parameters())
    return try resolve(in: tree)
  }

  /// The one id in `tree` that starts with the digits.
  ///
  /// Whoever can open levels can also search for an id that starts like another's, so one that
  /// fits several grants is refused, and so is any where not all grants are known.
  func resolve(in tree: GrantTree.Reply) throws(CommandFailure) -> NodeID {
    guard !tree.truncated else {
      throw CommandFailure(
        "the tree is too large to look up a shortened id in it", hint: "give all 32 digits")
    }
    let found = tree.grants.map(\.node).filter { $0.hex.hasPrefix(digits) }
    guard let node = found.first else {
      throw CommandFailure(
        "there is no grant \(digits)…", hint: "'purser grant list' shows the ids",
        reason: "not_found")
    }
    guard found.count == 1 else {
      throw CommandFailure(
        "\(found.count) grants' ids start with \(digits)",
        hint: "give more digits: \(found.prefix(4).map(\.hex).joined(separator: ", "))",
        reason: "ambiguous")
    }
    return node
  }
}

extension NodeID {
  /// The first digits, as people see them beside a name.
  var short: String { String(hex.prefix(NodeArgument.shownDigits)) }
}
