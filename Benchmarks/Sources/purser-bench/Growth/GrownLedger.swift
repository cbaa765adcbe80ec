/// A ledger as it is after years: trees of three levels, most of them over, a settled hold at each
/// leaf, and many events at each grant.
struct GrownLedger {
  /// Grants in one tree: a top, those in the middle, and the leaves.
  static let treeSize = 10_000
  private static let middles = 100
  private static let leaves = treeSize - 1 - middles
  /// The last one in the middle has what is left.
  private static let leavesOfMiddle = (leaves + middles - 1) / middles
  /// What each leaf has reserved and settled, in msat.
  static let settled: Int64 = 1000
  private static let dayMs: Int64 = 86_400_000

  let grants: Int
  /// Grants that are not over; whole trees.
  let openGrants: Int
  let events: Int
  /// The end of the story, Unix milliseconds.
  let nowMs: Int64

  /// One of the grants.
  struct Grant {
    let number: Int64
    let parent: Int64?
    let isOpen: Bool
    let createdAtMs: Int64
    let validUntilSeconds: Int64
    let settled: Int64
    let descendants: Int64

    var isLeaf: Bool { descendants == 0 }
    var id: [UInt8] { GrownLedger.id(UInt64(number) << 40, number) }
    /// The id of its hold begins with its time, as those of the daemon do.
    var hold: [UInt8] { GrownLedger.id(UInt64(createdAtMs) << 16, number) }
  }

  /// Ids in order, evenly spread in their first half.
  private static func id(_ high: UInt64, _ number: Int64) -> [UInt8] {
    let low = UInt64(number) &* 0x9e37_79b9_7f4a_7c15
    return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
  }

  /// The grant with a number, from 1; parents come before their children.
  func grant(_ number: Int) -> Grant {
    let (tree, place) = (number - 1).quotientAndRemainder(dividingBy: Self.treeSize)
    let first = tree * Self.treeSize + 1
    var parent: Int?
    var descendants = 0, settledLeaves = 1
    switch place {
    case 0:
      (descendants, settledLeaves) = (Self.treeSize - 1, Self.leaves)
    case 1...Self.middles:
      parent = first
      descendants = min(
        Self.leavesOfMiddle, Self.leaves - (place - 1) * Self.leavesOfMiddle)
      settledLeaves = descendants
    default: parent = first + 1 + (place - 1 - Self.middles) / Self.leavesOfMiddle
    }
    let isOpen = tree * Self.treeSize < openGrants
    let createdAtMs = nowMs - 20 * Self.dayMs + Int64(number)
    let endMs = isOpen ? nowMs + 9 * Self.dayMs : createdAtMs + Self.dayMs
    return Grant(
      number: Int64(number), parent: parent.map(Int64.init), isOpen: isOpen,
      createdAtMs: createdAtMs, validUntilSeconds: endMs / 1000,
      settled: Int64(settledLeaves) * Self.settled, descendants: Int64(descendants))
  }

  /// The number of the grant that an event, numbered from 1, is at.
  func grantOfEvent(_ sequence: Int) -> Int { (sequence - 1) * grants / events + 1 }

  /// When an event was, in Unix milliseconds: they end a day ago.
  func timeOfEvent(_ sequence: Int) -> Int64 {
    nowMs - 20 * Self.dayMs + Int64(sequence) * (19 * Self.dayMs / Int64(events))
  }
}
