internal import Glibc
internal import LibCrypto

/// Asks whoever sits at the terminal for the operators' passphrase.
enum PassphrasePrompt {
  private static let limit = 1024

  /// The passphrase that is typed, which is not shown; in bytes of UTF-8, to be wiped.
  /// - Throws: ``CommandFailure`` when there is no terminal, or nothing is typed.
  static func ask(_ prompt: String) throws(CommandFailure) -> [UInt8] {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else {
      throw CommandFailure(
        "operators have a passphrase, and there is no terminal to ask for it",
        hint: "run the command at a terminal", status: .refused, reason: "no_terminal")
    }
    defer { close(terminal) }
    var settings = termios()
    guard tcgetattr(terminal, &settings) == 0 else {
      throw CommandFailure("the terminal cannot be told not to show what is typed")
    }
    var silent = settings
    silent.c_lflag &= ~tcflag_t(ECHO)
    // What was typed before is no answer.
    guard tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else {
      throw CommandFailure("the terminal cannot be told not to show what is typed")
    }
    defer { tcsetattr(terminal, TCSADRAIN, &settings) }
    say(prompt, on: terminal)
    let line = readLine(from: terminal)
    say("\n", on: terminal)
    guard let line, !line.isEmpty else { throw CommandFailure("no passphrase was given") }
    return line
  }

  /// A line, without its end; nil when it is too long or the terminal went away.
  private static func readLine(from terminal: Int32) -> [UInt8]? {
    var line: [UInt8] = []
    line.reserveCapacity(limit)
    var byte: UInt8 = 0
    while line.count <= limit, read(terminal, &byte, 1) == 1 {
      if byte == UInt8(ascii: "\n") { return line }
      line.append(byte)
    }
    wipe(&line)
    return nil
  }

  private static func say(_ text: String, on terminal: Int32) {
    let bytes = Array(text.utf8)
    _ = write(terminal, bytes, bytes.count)
  }
}
