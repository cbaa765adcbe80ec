// Taking subtrees that are over out of the ledger, once they are in a file.
extension LedgerState {
  /// Whether the subtree at `node` can be taken out: no token of it will ever be good again, and
  /// nothing on it can still change.
  ///
  /// Only a grant that the daemon made has an end that no token of it can exceed: one that was met
  /// by a token alone may have a wider one that was never shown.
  public static func canBeArchived(_ node: Node, at now: Timestamp) -> Bool {
    node.isRegistered && node.held == .zero && node.escrowed == .zero && !node.isEscrowed
      && node.validUntilSeconds.map { now.seconds >= $0 } ?? false
  }

  /// Takes subtrees out; what they spent stays in the counters of the nodes above.
  mutating func archive(
    _ archive: Archive, step: inout Step, records: some LedgerRecords
  ) throws(Refusal) -> Outcome {
    var spent = Msat.zero
    var count: UInt64 = 0
    for id in archive.roots {
      try bringIn(id, records: records)
      guard let node = nodes[id], Self.canBeArchived(node, at: step.now) else {
        throw .conflict("a grant to be archived is not over, or was taken out already")
      }
      spent = spent.adding(node.settled) ?? .max
      count += node.descendants + 1
    }
    for id in archive.roots { takeOut(id, step: &step) }
    step.record(
      "ledger.archive", node: nil,
      [
        "file": .string(archive.file), "sha256": .string(archive.digest),
        "grants": .integer(Int64(clamping: count)), "settled_msat": .msat(spent),
      ])
    return .done
  }

  private mutating func takeOut(_ id: NodeID, step: inout Step) {
    guard let node = nodes[id] else { return }
    // What was archived below it before has been noted above it already.
    let spent = node.settled.subtractingToZero(node.archived)
    var next = node.parent
    while let id = next, var above = nodes[id] {
      above.archived = above.archived.adding(spent) ?? .max
      above.descendants -= min(node.descendants + 1, above.descendants)
      nodes[id] = above
      step.changes += [.node(id), .terms(id)]
      next = above.parent
    }
    // What is below it is over as well, and may have been brought in.
    for other in nodeAgenda.due(at: step.now) where path(to: other)?.contains(id) == true {
      forget(other)
    }
    forget(id)
    step.changes.append(.archived(node.number))
  }

  /// Takes a node out of memory.
  mutating func forget(_ id: NodeID) {
    guard let node = nodes.removeValue(forKey: id) else { return }
    if let end = node.validUntilSeconds { nodeAgenda.remove(id, at: Timestamp(seconds: end)) }
    for kind in SpendSeries.Kind.all { series[SeriesKey(node: id, kind: kind)] = nil }
    unwrittenSeries[id] = nil
  }
}
