internal import PurserAPI
internal import PurserCore

// Sealed copies of the ledger.
extension Coordinator {
  /// The longest path of a file that Linux takes, in bytes.
  private static let longestPath = 4095

  func backUp(
    _ parameters: LedgerBackup.Parameters, by caller: Caller
  ) async throws(Refusal) -> LedgerBackup.Reply {
    let file = parameters.file
    guard file.hasPrefix("/"), file.utf8.count <= Self.longestPath, !file.utf8.contains(0) else {
      throw .invalid("file is an absolute path of at most \(Self.longestPath) bytes")
    }
    let backup = try await ledger.writeBackup(to: file, keyring: keys.current)
    _ = try await submit(.recordBackup(backup, file: file), by: caller)
    return LedgerBackup.Reply(backup, file: file)
  }
}
