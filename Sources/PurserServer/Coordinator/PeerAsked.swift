internal import PurserCore

/// What a new grant asks of the process that shows its token.
enum PeerAsked {
  /// The most bindings that one call gives a grant.
  private static let most = 16

  /// The caveats for `texts`, such as `uid=1001`.
  ///
  /// A grant whose bindings contradict one another, or those of its parent, is not made: no process
  /// could use it, and whoever made it would learn that from a worker that fails.
  static func caveats(
    for texts: [String], parent: GrantChain?
  ) throws(Refusal) -> [GrantCaveat] {
    let bindings = texts.compactMap { PeerBinding($0) }
    guard bindings.count == texts.count, texts.count <= most else {
      throw .invalid(
        "peer has at most \(most) of uid=NUMBER, gid=NUMBER, cgroup=/PATH and "
          + "pid=NUMBER@STARTTIME@BOOTID")
    }
    let all = (parent?.bindings ?? []) + bindings
    if let (first, second) = PeerBinding.contradiction(in: all) {
      throw .forbidden(
        rule: "caveat:peer",
        explanation: """
          no process is both \(first.text) and \(second.text), so nobody could use the grant; \
          bind it to what your own is bound to, or to less
          """)
    }
    return bindings.map(GrantCaveat.peer)
  }
}
