internal import Foundation

/// Many calls on one connection, as many in flight as it may have; only success counts.
struct PipelinedCalls {
  private let socket: UnixSocket
  private let output = ByteQueue()
  private let input = ByteQueue()
  private var inFlight = 0

  /// A bit less than the daemon's bound of 64, since it counts a call until its answer has left.
  private static let window = 48

  init(path: String) throws(BenchError) { socket = try UnixSocket(path: path) }

  /// Calls `method` once more, with the members of `parameters` as JSON text.
  mutating func call(_ method: String, _ parameters: String) throws(BenchError) {
    if inFlight == Self.window { try awaitAnswer() }
    let line = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(parameters)}}\#n"#
    Array(line.utf8).withUnsafeBytes { output.append($0) }
    try socket.send(output)
    inFlight += 1
  }

  /// Waits for the answers to all calls.
  mutating func finish() throws(BenchError) {
    while inFlight > 0 { try awaitAnswer() }
  }

  private mutating func awaitAnswer() throws(BenchError) {
    while true {
      if let end = input.bytes.firstIndex(of: 0x0a) {
        let line = UnsafeRawBufferPointer(rebasing: input.bytes[..<end])
        try require(
          Self.result.end(in: line) != nil,
          "the daemon refused: \(String(decoding: line.prefix(300), as: UTF8.self))")
        input.dropFirst(end + 1)
        inFlight -= 1
        return
      }
      _ = try socket.receive(into: input)
    }
  }

  private static let result = Needle(#""result":"#)
}
