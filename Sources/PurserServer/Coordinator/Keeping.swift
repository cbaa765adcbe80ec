internal import Logging
internal import PurserAPI
internal import PurserCore

// The master keys: which there are, taking over others, and sealing records under the newest.
extension Coordinator {
  /// The most records in one command, so that nobody waits long behind it.
  private static let recordsPerCommand = 128

  func listKeys() throws(Refusal) -> KeyList.Reply {
    let keyring = keys.current
    let counts = try ledger.sealedCounts()
    // Records whose key is not there show as well: they are what nobody can open.
    let numbers = Set(keyring.keyIDs).union(counts.keys).sorted()
    return KeyList.Reply(
      keys: numbers.map { number in
        KeyList.Key(
          number: number, isCurrent: number == keyring.currentKeyID,
          isLoaded: keyring.keyIDs.contains(number), records: counts[number]?.total ?? 0)
      })
  }

  /// Takes over the keys as the key file has them now: all of them, or none.
  func reloadKeys(by caller: Caller) async throws(Refusal) -> KeyReload.Reply {
    let old = keys.current
    let new: Keyring
    do { new = try readKeys() } catch {
      throw .conflict("the keys stay as they were: \(error)")
    }
    let change = KeyChange(from: old, to: new)
    try await check(change, from: old, to: new)
    if change.current != old.currentKeyID || !change.added.isEmpty || !change.removed.isEmpty {
      _ = try await submit(.recordKeys(change), by: caller)
      keys.replace(with: new)
      log.notice("master keys taken over", metadata: ["current": "\(change.current)"])
    }
    return KeyReload.Reply(change, keys: new.keyIDs)
  }

  private func check(
    _ change: KeyChange, from old: Keyring, to new: Keyring
  ) async throws(Refusal) {
    if let number = old.firstConflict(with: new) {
      throw .conflict(
        "the keys stay as they were: key \(number) is another one in the file; a new key gets a "
          + "new number, as 'purser key rotate' gives it")
    }
    guard !change.removed.contains(old.currentKeyID) else {
      throw .conflict(
        "the keys stay as they were: key \(old.currentKeyID), which is current here, is missing in "
          + "the file; put it back, then run 'purser key rotate'")
    }
    guard change.current == old.currentKeyID || change.added.contains(change.current) else {
      throw .conflict(
        "the keys stay as they were: key \(change.current) is an old one, and an old key does not "
          + "become current again; run 'purser key rotate' for a new one")
    }
    for number in change.removed {
      _ = try await ledger.submit(
        LedgerRequest(actor: .daemon, command: .closeKey(number)), from: Self.daemonSource)
    }
    guard !change.removed.isEmpty else { return }
    let counts = try ledger.sealedCounts()
    for number in change.removed {
      guard let count = counts[number]?.total, count > 0 else { continue }
      throw .conflict(
        "the keys stay as they were: \(count) records are sealed under key \(number), which is "
          + "missing in the file; put it back, then run 'purser key retire \(number)'")
    }
  }

  /// Seals everything that is sealed under an old key under the current one.
  ///
  /// A part at a time; what is left when it stops is taken up when it is asked for again.
  func reseal(
    _ parameters: KeyReseal.Parameters, by caller: Caller
  ) async throws(Refusal) -> KeyReseal.Reply {
    let keyring = keys.current
    let number = parameters.key
    guard keyring.keyIDs.contains(number) else {
      throw .notFound("there is no key \(number); 'purser key list' shows those that there are")
    }
    guard number != keyring.currentKeyID else {
      throw .conflict("key \(number) is current: run 'purser key rotate' first")
    }
    // From here on nothing more comes in under it, so that the walk finds everything.
    _ = try await ledger.submit(
      LedgerRequest(actor: .daemon, command: .closeKey(number)), from: Self.daemonSource)
    var cursor: SealedCursor? = .start
    var count: UInt64 = 0
    while let place = cursor {
      let (records, next) = try ledger.sealedRecords(
        under: number, from: place, limit: Self.recordsPerCommand)
      if !records.isEmpty {
        let resealed = try records.map { record throws(Refusal) in
          ResealedRecord(
            old: record,
            bytes: try sealer.seal(
              try sealer.open(record.bytes, at: record.place), at: record.place))
        }
        let resealing = Resealing(
          key: number, newKey: keyring.currentKeyID, records: resealed)
        _ = try await submit(.reseal(resealing), by: caller)
        count += UInt64(records.count)
      }
      cursor = next
    }
    return KeyReseal.Reply(key: number, newKey: keys.current.currentKeyID, records: count)
  }
}
