import Foundation
import PurserCore

/// Processes that share a connection (`peers.c`).
struct Sharing {
  private let installation: Installation
  private let program: String

  private static let built = Result {
    try CCompiler.build(
      URL(filePath: #filePath).deletingLastPathComponent().appending(path: "peers.c"), as: "peers")
  }

  init(_ installation: Installation) throws {
    self.installation = installation
    program = try Self.built.get()
  }

  /// A file with a request of `token`, since a command line would show it.
  func request(_ method: String, _ parameters: String = "", token: String?) throws -> String {
    let members = [token.map { "\"token\":\"\($0)\"" }, parameters.isEmpty ? nil : parameters]
      .compactMap { $0 }.joined(separator: ",")
    let file = "\(installation.directory)/line-\(UUID().uuidString.prefix(8))"
    try #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(members)}}"#
      .write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }

  /// Starts processes that share a connection; what is answered goes to the file `output`.
  func start(_ arguments: [String], output: String) throws -> ChildProcess {
    try ChildProcess(program, arguments, log: output)
  }

  /// What processes that share a connection to the agents' socket are answered.
  func answers(_ verb: String, _ files: String...) throws -> [String] {
    let output = "\(installation.directory)/answers-\(UUID().uuidString.prefix(8))"
    let run = try start([verb, installation.agentSocket] + files, output: output)
    let status = try run.waitForExit()
    let answers = try read(output)
    try check(status == 0, "\(verb) failed: \(answers)")
    return answers
  }

  func read(_ output: String) throws -> [String] {
    try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map(String.init)
  }
}
