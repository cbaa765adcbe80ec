import Glibc

/// A terminal at which a program sits, and the hands that type at it.
final class PseudoTerminal {
  /// Its path, for the program.
  let path: String
  /// What was shown so far.
  private(set) var shown = ""
  private let descriptor: Int32

  init() throws {
    descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try check(descriptor >= 0, "there is no pseudo terminal")
    // TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>, which Swift's module does not show.
    var (lock, number) = (Int32(0), UInt32(0))
    try check(ioctl(descriptor, 0x4004_5431, &lock) == 0, "it cannot be unlocked")
    try check(ioctl(descriptor, 0x8004_5430, &number) == 0, "it has no name")
    path = "/dev/pts/\(number)"
  }

  deinit { close(descriptor) }

  /// Waits until `prompt` is shown, and types a line.
  func answer(_ prompt: String, _ line: String) throws {
    let start = shown.count
    while !shown.dropFirst(start).contains(prompt) {
      var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      try check(Glibc.poll(&poll, 1, 30_000) == 1, "'\(prompt)' was not shown: \(shown)")
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = read(descriptor, &bytes, bytes.count)
      try check(count > 0, "the terminal was left: \(shown)")
      shown += String(decoding: bytes.prefix(count), as: UTF8.self)
    }
    let bytes = Array((line + "\n").utf8)
    try check(write(descriptor, bytes, bytes.count) == bytes.count, "it takes no line")
  }
}
