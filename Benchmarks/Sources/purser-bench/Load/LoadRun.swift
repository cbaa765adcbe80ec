internal import CLinux
internal import Glibc

/// How hard and how long to drive a server.
struct LoadShape {
  let connections: Int
  /// Requests in flight on each connection, at most 64.
  let inFlight: Int
  var warmUpSeconds = 1.0
  var seconds = 3.0

  var name: String { "\(connections) × \(inFlight)" }
}

/// What came of it.
struct LoadResult {
  let operations: UInt64
  let seconds: Double
  let latency: Histogram
  /// CPU seconds that the server and the load generator used meanwhile.
  let serverCPU: Double
  let ownCPU: Double
  /// From the first request to the last answer, warm-up included: for the books.
  let reserves: UInt64
  let settles: UInt64

  var perSecond: Double { Double(operations) / seconds }
  var serverMicroseconds: Double { serverCPU / Double(operations) * 1e6 }
}

/// Drives a server from one thread: as many requests as the shape says are in flight at any time.
struct LoadRun<Protocol: Wire> {
  private let wire: Protocol
  private let shape: LoadShape
  /// The CPU seconds that the server has used so far.
  private let serverCPU: () throws(BenchError) -> Double
  private let connections: [LoadConnection]
  private let poll: Int32

  private var latency = Histogram()
  private var reserves: UInt64 = 0
  private var settles: UInt64 = 0
  private var outstanding = 0
  private var phase = Phase.warmUp

  private enum Phase { case warmUp, measuring, draining }

  /// Connects, and opens what the protocol opens.
  init(
    _ wire: Protocol, path: String, shape: LoadShape,
    serverCPU: @escaping () throws(BenchError) -> Double
  ) throws(BenchError) {
    self.wire = wire
    self.shape = shape
    self.serverCPU = serverCPU
    poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    var made: [LoadConnection] = []
    for number in 0..<shape.connections {
      let connection = try LoadConnection(number: number, path: path, inFlight: shape.inFlight)
      try Self.open(connection, wire)
      made.append(connection)
    }
    connections = made
  }

  private static func open(_ connection: LoadConnection, _ wire: Protocol) throws(BenchError) {
    let opening = wire.opening(connection: connection.number)
    if !opening.isEmpty {
      opening.withUnsafeBytes { connection.output.append($0) }
      try connection.socket.send(connection.output)
      var answer: WireAnswer?
      while answer == nil {
        _ = try connection.socket.receive(into: connection.input)
        answer = try wire.answer(in: connection.input.bytes)
      }
      connection.input.dropFirst(answer?.length ?? 0)
    }
    connection.socket.stopBlocking()
  }

  /// Runs to the end and checks every answer.
  mutating func run() throws(BenchError) -> LoadResult {
    defer { close(poll) }
    for (index, connection) in connections.enumerated() {
      try watch(connection, index, forWriting: false, operation: EPOLL_CTL_ADD)
      for slot in connection.slots.indices {
        send(slot, of: connection, at: monotonicNanoseconds())
      }
      try flush(connection, index)
    }
    let measureAt = monotonicNanoseconds() + UInt64(shape.warmUpSeconds * 1e9)
    var start = Reading(), end = Reading()
    while outstanding > 0 {
      try Interruption.check()
      try serveEvents()
      let now = monotonicNanoseconds()
      if phase == .warmUp, now >= measureAt {
        latency.removeAll()
        start = try reading()
        phase = .measuring
      } else if phase == .measuring, now >= start.time + UInt64(shape.seconds * 1e9) {
        end = try reading()
        phase = .draining
      }
    }
    return LoadResult(
      operations: end.operations, seconds: Double(end.time - start.time) / 1e9, latency: latency,
      serverCPU: end.serverCPU - start.serverCPU, ownCPU: end.ownCPU - start.ownCPU,
      reserves: reserves, settles: settles)
  }

  private struct Reading {
    var time: UInt64 = 0
    var operations: UInt64 = 0
    var serverCPU = 0.0
    var ownCPU = 0.0
  }

  private func reading() throws(BenchError) -> Reading {
    Reading(
      time: monotonicNanoseconds(), operations: latency.count, serverCPU: try serverCPU(),
      ownCPU: CPUTime.ofThisProcess())
  }

  private mutating func serveEvents() throws(BenchError) {
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    let count = epoll_wait(poll, &events, Int32(events.count), 10_000)
    if count < 0, errno == EINTR { return }
    try require(count > 0, "no answer came for ten seconds")
    for event in events[..<Int(count)] {
      let index = Int(event.data.u32)
      try serve(connections[index], index)
    }
  }

  private mutating func serve(_ connection: LoadConnection, _ index: Int) throws(BenchError) {
    if try connection.socket.receive(into: connection.input) {
      let now = monotonicNanoseconds()
      while let answer = try wire.answer(in: connection.input.bytes) {
        connection.input.dropFirst(answer.length)
        try take(answer, on: connection, at: now)
      }
    }
    try flush(connection, index)
  }

  private mutating func take(
    _ answer: WireAnswer, on connection: LoadConnection, at now: UInt64
  ) throws(BenchError) {
    let number = try connection.slot(answering: answer.id)
    var slot = connection.slots[number]
    try require(answer.isSettlement != slot.isReserve, "an answer to another kind of request")
    outstanding -= 1
    if phase != .draining { latency.add(now - slot.sentAt) }
    if slot.isReserve {
      reserves += 1
      if let hold = answer.hold { slot.hold = hold }
      slot.isReserve = slot.reservesAgain
      slot.reservesAgain = false
    } else {
      settles += 1
      slot.isReserve = true
    }
    connection.slots[number] = slot
    if phase != .draining { send(number, of: connection, at: now) }
  }

  private mutating func send(_ number: Int, of connection: LoadConnection, at now: UInt64) {
    let id = connection.nextID(for: number)
    connection.slots[number].id = id
    connection.slots[number].sentAt = now
    let slot = connection.slots[number]
    if slot.isReserve {
      let chosen = wire.appendReserve(
        connection: connection.number, id: id, to: connection.output)
      if let chosen { connection.slots[number].hold = chosen }
    } else {
      wire.appendSettle(
        connection: connection.number, id: id, hold: slot.hold, to: connection.output)
    }
    outstanding += 1
  }

  private func flush(_ connection: LoadConnection, _ index: Int) throws(BenchError) {
    let wasStuck = connection.isStuck
    try connection.socket.send(connection.output)
    connection.isStuck = connection.output.count > 0
    if wasStuck != connection.isStuck {
      try watch(connection, index, forWriting: connection.isStuck, operation: EPOLL_CTL_MOD)
    }
  }

  private func watch(
    _ connection: LoadConnection, _ index: Int, forWriting: Bool, operation: Int32
  ) throws(BenchError) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | (forWriting ? EPOLLOUT.rawValue : 0)
    event.data.u32 = UInt32(index)
    try require(
      epoll_ctl(poll, operation, connection.socket.descriptor, &event) == 0,
      "epoll: \(lastSystemError())")
  }
}
