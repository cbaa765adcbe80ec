import Foundation
import Glibc

/// `purser` as an operator runs it.
extension Installation {
  var configurationFile: String { "\(directory)/h/config.yaml" }
  var keyFile: String { "\(directory)/h/purser.key" }

  /// Runs `purser` and gives what it said, on standard output and on standard error.
  /// - Throws: ``Failure`` when it ends otherwise than with `status`.
  @discardableResult
  func purser(_ arguments: [String], status wanted: Int32 = 0) throws -> String {
    // Several may run at once.
    let log = "\(directory)/said-\(UUID().uuidString)"
    defer { unlink(log) }
    let program = try ChildProcess(
      "purser", arguments, log: log,
      environment: ["PURSER_OPERATOR_SOCKET": operatorSocket, "PURSER_SOCKET": agentSocket])
    let status = try program.waitForExit(seconds: 120)
    let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    said.appendLines(to: "\(directory)/purser-said.log")
    try check(status == wanted, "purser \(arguments) ended with \(status): \(said)")
    return said
  }

  /// The same for a command that works on the files of this installation.
  @discardableResult
  func purserHere(_ arguments: String..., status: Int32 = 0) throws -> String {
    try purser(arguments + ["--config", configurationFile], status: status)
  }

  /// Every key in the key file, by number.
  func masterKeys() throws -> [UInt64: String] {
    var keys: [UInt64: String] = [:]
    for line in try String(contentsOfFile: keyFile, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count >= 2, words[1].count == 64, let number = UInt64(words[0]) else { continue }
      keys[number] = words[1]
    }
    return keys
  }
}

extension String {
  /// Appends the text to a file, which is made where there is none.
  fileprivate func appendLines(to file: String) {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = Array(utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
