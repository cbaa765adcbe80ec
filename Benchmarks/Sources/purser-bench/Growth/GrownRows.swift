internal import Foundation
internal import LibCrypto
internal import PurserCore

// The rows of a grown ledger; what has to change here when the schema does.
extension GrownLedger {
  /// Fills the database of a ledger in which nothing has happened yet.
  func fill(_ database: BulkDatabase) throws {
    try database.execute(
      """
      PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF;
      PRAGMA cache_size = -1000000; BEGIN
      """)
    // An index that is made at the end is made in order.
    let indexes = try database.indexes(of: "events")
    for index in indexes { try database.execute("DROP INDEX \(index.name)") }
    try insertGrants(database)
    try insertEvents(database)
    for index in indexes { try database.execute(index.sql) }
    try database.execute("COMMIT; PRAGMA journal_mode = WAL")
  }

  private func insertGrants(_ database: BulkDatabase) throws(BenchError) {
    let nodes = try database.prepare(
      """
      INSERT INTO nodes (number, id, parent, stated, registered, valid_until_s, created_at_ms,
        is_escrowed, series, settled_msat, held_msat, escrowed_msat, archived_msat,
        is_registered, descendants, is_open)
      VALUES (?1, ?2, ?3, '1000000000', '', ?4, ?5, 0, 0, ?6, 0, 0, 0, 1, ?7, ?8)
      """)
    let holds = try database.prepare(
      """
      INSERT INTO holds (id, node, kind, amount_msat, created_at_ms, admitted_at_ms,
        expires_at_ms, state, settled_msat)
      VALUES (?1, ?2, 'spend', ?3, ?4, ?4, ?4 + 60000, 'settled', ?3)
      """)
    for number in 1...grants {
      let grant = grant(number)
      try nodes.insert([
        .integer(grant.number), .blob(grant.id), grant.parent.map { .integer($0) } ?? .null,
        .integer(grant.validUntilSeconds), .integer(grant.createdAtMs), .integer(grant.settled),
        .integer(grant.descendants), .integer(grant.isOpen ? 1 : 0),
      ])
      guard grant.isLeaf else { continue }
      try holds.insert([
        .blob(grant.hold), .integer(grant.number), .integer(Self.settled),
        .integer(grant.createdAtMs),
      ])
    }
  }

  private func insertEvents(_ database: BulkDatabase) throws {
    let insertion = try database.prepare(
      "INSERT INTO events (seq, time_ms, node, text, hash) VALUES (?1, ?2, ?3, ?4, ?5)")
    let subtree = try database.prepare("INSERT INTO tree VALUES (?1, ?2, ?3)")
    var head = AuditChain.start
    var tree = MerkleRange()
    var completed: [MerkleRange.Completed] = []
    var text = CanonicalWriter()
    for sequence in 1...events {
      let grant = grant(grantOfEvent(sequence))
      let timeMs = timeOfEvent(sequence)
      text.clear()
      try Self.event(of: grant, sequence).write(
        sequence: UInt64(sequence), at: Timestamp(milliseconds: UInt64(timeMs)), to: &text)
      head = AuditChain.hash(after: head, text: text.bytes)
      try insertion.insert([
        .integer(Int64(sequence)), .integer(timeMs), .blob(grant.id), .text(text.text),
        .blob(head.bytes),
      ])
      tree.append(MerkleHash.leaf(text.bytes), completed: &completed)
      for item in completed {
        try subtree.insert([
          .integer(Int64(item.subtree.level)), .integer(Int64(item.subtree.number)),
          .blob(item.hash.bytes),
        ])
      }
      completed.removeAll(keepingCapacity: true)
      if sequence % 1_000_000 == 0 {
        try Interruption.check()
        Progress.say("growth: \(sequence) events")
      }
    }
    let end = try database.prepare(
      "UPDATE meta SET head_sequence = ?1, head_hash = ?2, last_time_ms = ?3")
    try end.insert([.integer(Int64(events)), .blob(head.bytes), .integer(timeOfEvent(events))])
  }

  private static func event(of grant: Grant, _ sequence: Int) throws -> AuditEvent {
    guard let node = NodeID(bytes: grant.id), let hold = HoldID(bytes: grant.hold) else {
      throw BenchError("an id of a grown ledger is no id")
    }
    let actor = Actor.agent(
      node, peer: PeerProcess(processID: 4242, userID: 1000, groupID: 1000))
    guard sequence.isMultiple(of: 2) else {
      return AuditEvent(
        action: "spend.reserve", actor: actor, node: node,
        details: [
          "hold": .id(hold), "amount_msat": .integer(settled),
          "expires_at_ms": .integer(grant.createdAtMs + 60_000),
        ])
    }
    return AuditEvent(
      action: "spend.settle", actor: actor, node: node,
      details: [
        "hold": .id(hold), "settled_msat": .integer(settled), "released_msat": .integer(0),
      ])
  }
}
