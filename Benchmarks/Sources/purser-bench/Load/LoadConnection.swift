/// One connection of the load and the requests that it has in flight.
final class LoadConnection {
  /// One of the requests that are in flight at a time: reserve, settle, reserve, and so on.
  struct Slot {
    var id: UInt64 = 0
    var sentAt: UInt64 = 0
    var isReserve = true
    var hold = HoldName()
    /// Every other slot reserves twice at first, so that not all of them do the same in step.
    var reservesAgain: Bool
  }

  let number: Int
  let socket: UnixSocket
  let output = ByteQueue()
  let input = ByteQueue()
  var slots: [Slot]
  /// Whether the socket takes no more for now.
  var isStuck = false
  /// The slot whose request was sent first of those in flight, for answers without ids.
  private var oldest = 0
  private var uses: UInt64 = 0

  init(number: Int, path: String, inFlight: Int) throws(BenchError) {
    self.number = number
    socket = try UnixSocket(path: path)
    slots = (0..<inFlight).map { Slot(reservesAgain: (number + $0) % 2 == 1) }
  }

  /// A fresh id from which the slot can be told.
  func nextID(for slot: Int) -> UInt64 {
    uses += 1
    return uses % 1_000_000 * 64 + UInt64(slot)
  }

  /// The slot that an answer is for.
  func slot(answering id: UInt64?) throws(BenchError) -> Int {
    guard let id else {
      // Each answer frees its slot for the next request, so that the slots take turns.
      defer { oldest = (oldest + 1) % slots.count }
      return oldest
    }
    let slot = Int(id % 64)
    try require(slot < slots.count && slots[slot].id == id, "an answer to no request: \(id)")
    return slot
  }
}
