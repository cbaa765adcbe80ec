internal import PurserAPI
internal import PurserCore

/// Credentials of the vault as people see them.
enum VaultText {
  static func list(_ entries: [VaultEntry]) -> [String] {
    var table = TextTable(
      .text("CREDENTIAL"), .text("STATE"), .number("COST"), .text("ENDS"), .text("FOR"),
      .text("SERVICE"))
    for entry in entries {
      table.add(
        entry.credential.hex, Terminal.sanitized(entry.state), "\(entry.costMsat)",
        entry.validUntil.map(TimeText.utc) ?? "-", entry.scope?.short ?? "all",
        service(of: entry))
    }
    return table.lines(whenEmpty: "no credentials")
  }

  static func facts(_ entry: VaultEntry) -> [String] {
    TextTable.facts([
      ("credential", entry.credential.hex), ("service", service(of: entry)),
      ("state", Terminal.sanitized(entry.state)), ("cost", "\(entry.costMsat)"),
      ("ends", entry.validUntil.map(TimeText.utc)),
      ("payment hash", Terminal.sanitized(entry.paymentHash)),
      ("serves", entry.scope?.hex ?? "all grants"), ("bought by", entry.boughtBy?.hex),
    ])
  }

  /// The service, and what of it the credential is for.
  private static func service(of entry: VaultEntry) -> String {
    let capabilities =
      entry.capabilities.isEmpty ? "" : ": " + entry.capabilities.joined(separator: ", ")
    return Terminal.sanitized(entry.service + capabilities)
  }
}
