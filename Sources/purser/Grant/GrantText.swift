internal import PurserAPI
internal import PurserCore

/// Grants as people see them.
enum GrantText {
  /// The tree: figures first, then the branches, the ids and the names.
  static func tree(_ grants: [GrantView]) -> [String] {
    var table = TextTable(
      .number("SETTLED"), .number("HELD"), .number("LIMIT"), .text("STATE"), .text("GRANT"))
    for (grant, branch) in zip(grants, TreeDrawing.prefixes(depths: depths(of: grants))) {
      table.add(
        "\(grant.settledMsat)", "\(grant.heldMsat)", limit(of: grant), grant.state.rawValue,
        "\(branch)\(grant.node.short)\(name(of: grant))")
    }
    return table.lines(whenEmpty: "no grants")
  }

  /// One row for each grant, with its whole id.
  static func list(_ grants: [GrantView]) -> [String] {
    var table = TextTable(
      .text("GRANT"), .number("SETTLED"), .number("HELD"), .number("LIMIT"), .text("STATE"),
      .text("ENDS"), .text("NAME"))
    for grant in grants {
      table.add(
        grant.node.hex, "\(grant.settledMsat)", "\(grant.heldMsat)", limit(of: grant),
        grant.state.rawValue, grant.validUntil.map(TimeText.utc) ?? "-",
        grant.name.map { Terminal.sanitized($0) } ?? "-")
    }
    return table.lines(whenEmpty: "no grants")
  }

  /// All that is known of one grant.
  static func facts(_ grant: GrantView) -> [String] {
    TextTable.facts([
      ("grant", grant.node.hex), ("name", grant.name.map { Terminal.sanitized($0) }),
      ("parent", grant.parent?.hex), ("state", grant.state.rawValue),
      ("spend limit", limit(of: grant)), ("ceiling", grant.ceilingMsat.map { "\($0)" }),
      ("windows", windows(of: grant)), ("escrow", grant.escrow ? "yes" : nil),
      ("settled", "\(grant.settledMsat)"),
      ("held", "\(grant.heldMsat)"),
      ("in escrow below", grant.escrowedMsat > .zero ? "\(grant.escrowedMsat)" : nil),
      ("remaining", grant.remainingMsat.map { "\($0)" }),
      ("per payment", grant.paymentMsat.map { "\($0)" }),
      ("may", caveats(of: grant)), ("ends", grant.validUntil.map(TimeText.utc)),
      ("grants below", "\(grant.descendants)"),
    ])
  }

  /// That a grant was stopped, and what sellers go on taking all the same.
  static func stopped(_ reply: GrantStopped, _ done: String) -> [String] {
    let first = ["\(done) \(reply.node.hex)"]
    guard !reply.outstanding.isEmpty else { return first }
    var table = TextTable(
      .text("CREDENTIAL"), .number("COPIES"), .text("ENDS"), .text("SERVICE"))
    for copies in reply.outstanding {
      table.add(
        copies.credential.hex, "\(copies.copies)", copies.validUntil.map(TimeText.utc) ?? "-",
        Terminal.sanitized(copies.service))
    }
    return first
      + ["copies that were handed out, which sellers go on taking until they end:"]
      + table.lines(whenEmpty: "")
      + (reply.truncated ? ["… and more: 'purser audit list' has every 'credential.issue'"] : [])
  }

  /// A last line where not all grants came.
  static func truncation(of reply: GrantTree.Reply) -> [String] {
    reply.truncated ? ["… and more: give a grant's id to see what is below it"] : []
  }

  private static func limit(of grant: GrantView) -> String {
    grant.spendMsat.map { "\($0)" } ?? "-"
  }

  private static func windows(of grant: GrantView) -> String? {
    grant.windows.isEmpty
      ? nil : grant.windows.map { "\($0.limitMsat)/\($0.per)" }.joined(separator: ", ")
  }

  private static func caveats(of grant: GrantView) -> String? {
    guard let caveats = grant.caveats, !caveats.isEmpty else { return nil }
    return Terminal.sanitized(caveats.joined(separator: ", "), limit: 2000)
  }

  private static func name(of grant: GrantView) -> String {
    grant.name.map { " \(Terminal.sanitized($0))" } ?? ""
  }

  /// How deep each grant lies below the first one of its tree.
  private static func depths(of grants: [GrantView]) -> [Int] {
    var known: [NodeID: Int] = [:]
    return grants.map { grant in
      let depth = grant.parent.flatMap { known[$0] }.map { $0 + 1 } ?? 0
      known[grant.node] = depth
      return depth
    }
  }
}
