internal import ArgumentParser
internal import Foundation
internal import PurserCore

/// A hostile worker, a process of its own: calls that are refused, as many as get in.
struct FloodSocket: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flood-socket", shouldDisplay: false)

  /// Connections, and requests in flight on each: a bit less than the daemon's bound of 64.
  static let connections = 4
  private static let window = 48
  /// How many grants it makes offline beforehand, which it then uses in turn.
  private static let grants = 8192

  @Argument var socket: String
  @Argument var tokenFile: String
  @Argument var seconds: Double

  func run() throws {
    let text = try String(contentsOfFile: tokenFile, encoding: .utf8)
    let token = try GrantToken(parsing: text)
    let lines = try (0..<Self.grants).map { try Self.line($0, by: token) }
    var flooded: [FloodedConnection] = []
    for _ in 0..<Self.connections { flooded.append(try FloodedConnection(path: socket)) }
    Progress.say("ready")
    let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
    var sent = 0
    while monotonicNanoseconds() < end {
      for connection in flooded {
        for _ in 0..<Self.window {
          connection.write(lines[sent % lines.count])
          sent += 1
        }
        try connection.flush()
      }
      for connection in flooded { try connection.awaitRefusals(Self.window) }
    }
    print(sent)
  }

  /// A call that is refused: by a limit, for a method, for what is not there, or as a forgery; each
  /// by a grant that the daemon has never met.
  private static func line(_ number: Int, by token: GrantToken) throws -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let caveats: [GrantCaveat] =
      number % 4 == 1 ? [.grant(nonce), .methods(["grant.get"])] : [.grant(nonce)]
    let narrowed = try token.attenuated(with: caveats).text
    let (method, parameters) =
      number % 4 == 2
      ? ("spend.release", #""hold":"\#(String(repeating: "0", count: 32))""#)
      : ("spend.charge", #""amount_msat":1000"#)
    let shown = number % 4 == 3 ? String(narrowed.dropLast(4)) + "AAAA" : narrowed
    return Array(
      #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(parameters),"token":"\#(shown)"}}\#n"#
        .utf8)
  }
}

/// A connection of which every request has to be refused.
private final class FloodedConnection {
  private let socket: UnixSocket
  private let output = ByteQueue()
  private let input = ByteQueue()

  init(path: String) throws(BenchError) { socket = try UnixSocket(path: path) }

  func write(_ line: [UInt8]) { line.withUnsafeBytes { output.append($0) } }

  func flush() throws(BenchError) { try socket.send(output) }

  func awaitRefusals(_ count: Int) throws(BenchError) {
    var missing = count
    while missing > 0 {
      guard let end = input.bytes.firstIndex(of: 0x0a) else {
        _ = try socket.receive(into: input)
        continue
      }
      let line = UnsafeRawBufferPointer(rebasing: input.bytes[..<end])
      try require(
        Self.error.end(in: line) != nil && Self.overloaded.end(in: line) == nil,
        "not refused as it has to be: \(String(decoding: line.prefix(300), as: UTF8.self))")
      input.dropFirst(end + 1)
      missing -= 1
    }
  }

  private static let error = Needle(#""error":"#)
  private static let overloaded = Needle(#""overloaded""#)
}
