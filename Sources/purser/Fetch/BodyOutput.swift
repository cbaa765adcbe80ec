internal import Glibc
internal import NIOCore

/// Where a body goes, piece by piece as it comes.
final class BodyOutput {
  /// Where to.
  enum Place: Equatable {
    case standardOutput
    case file(String)
    /// Kept, up to the most that a report holds.
    case report
  }

  private let place: Place
  private var descriptor: Int32 = -1
  /// What was kept for a report; nil once it is too much.
  private(set) var collected: [UInt8]? = []
  /// How many bytes were written.
  private(set) var count: UInt64 = 0

  init(_ place: Place) { self.place = place }

  deinit { if case .file = place, descriptor >= 0 { close(descriptor) } }

  /// How many bytes the file has already; 0 for all other places.
  static func length(at place: Place) -> UInt64 {
    guard case .file(let path) = place else { return 0 }
    var about = stat()
    guard stat(path, &about) == 0, about.st_mode & S_IFMT == S_IFREG else { return 0 }
    return UInt64(max(0, about.st_size))
  }

  /// Opens the file, at its end or emptied.
  /// - Throws: ``FetchFailure``.
  func begin(appending: Bool) throws(FetchFailure) {
    switch place {
    case .standardOutput: descriptor = STDOUT_FILENO
    case .report: break
    case .file(let path):
      let mode = appending ? O_APPEND : O_TRUNC
      descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0o666)
      guard descriptor >= 0 else { throw Self.failure("cannot write \(path)") }
    }
  }

  /// Writes a piece of the body.
  /// - Throws: ``FetchFailure``.
  func write(_ buffer: ByteBuffer) throws(FetchFailure) {
    count += UInt64(buffer.readableBytes)
    guard place != .report else { return keep(buffer) }
    let isWritten = buffer.withUnsafeReadableBytes(writeAll)
    guard isWritten else { throw Self.failure("the body cannot be written") }
  }

  /// Writes lines that are about the body, in front of it.
  /// - Throws: ``FetchFailure``.
  func write(head: String) throws(FetchFailure) {
    guard place != .report else { return }
    let isWritten = Array(head.utf8).withUnsafeBytes(writeAll)
    guard isWritten else { throw Self.failure("the headers cannot be written") }
  }

  private func keep(_ buffer: ByteBuffer) {
    guard let kept = collected else { return }
    collected =
      kept.count + buffer.readableBytes <= FetchReport.longestBody
      ? kept + buffer.readableBytesView : nil
  }

  /// Whether all of it was written; `errno` says why not.
  private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let step = Glibc.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { return false }
      rest = rest.dropFirst(step)
    }
    return true
  }

  private static func failure(_ what: String) -> FetchFailure {
    let reason = String(cString: strerror(errno))
    return FetchFailure(.failed, "output", "\(Terminal.sanitized(what)): \(reason)")
  }
}
