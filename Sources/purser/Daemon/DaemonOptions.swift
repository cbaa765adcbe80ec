internal import ArgumentParser
internal import Glibc

/// A command that talks to the daemon: its reply, and its errors too, are JSON when nobody looks.
protocol DaemonCommand: AsyncParsableCommand {
  var daemon: DaemonOptions { get }
  /// Whether what it prints is JSON.
  var printsJSON: Bool { get }
}

extension DaemonCommand {
  var printsJSON: Bool { daemon.printsJSON }
}

/// How a command reaches the daemon and how it prints the reply.
struct DaemonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The daemon's socket, in place of the usual one.", valueName: "path"))
  var socket: String?

  @Flag(help: "Print the reply as JSON, as is done anyway when the output is not a terminal.")
  var json = false

  func validate() throws {
    guard let socket, socket.isEmpty else { return }
    throw ValidationError("--socket is empty; give the path of a socket")
  }

  /// Whether the reply is printed as JSON: the one place that decides.
  var printsJSON: Bool { json || isatty(STDOUT_FILENO) == 0 }

  /// Prints `reply` as the wire has it, on one line; for people, `lines` of it.
  func show<Reply: Encodable>(_ reply: Reply, as lines: (Reply) -> [String]) {
    guard !printsJSON else { return Terminal.writeLine(JSONLine.text(reply)) }
    lines(reply).forEach(Terminal.writeLine)
  }
}

/// The key under which the daemon repeats its answer instead of doing a thing twice.
struct RepeatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Give a repeated command the first one's answer: 1 to 128 bytes, random when missing.",
      valueName: "key"))
  var idempotencyKey: String?

  func validate() throws {
    guard let idempotencyKey, !(1...128).contains(idempotencyKey.utf8.count) else { return }
    throw ValidationError("--idempotency-key has 1 to 128 bytes")
  }
}
