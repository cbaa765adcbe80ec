internal import ArgumentParser
internal import Glibc
internal import PurserCore
internal import PurserLedger

struct AuditExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the audit log, events and checkpoints, one JSON object a line.",
    discussion: """
      It goes to standard output, and reads the database while the daemon works on it. \
      `purser audit verify --file` checks what was written.
      """)

  @OptionGroup var database: DatabaseOption

  func run() throws {
    let database = try database.open()
    var buffer: [UInt8] = []
    do throws(AuditDatabaseError) {
      try database.export { line in
        buffer += line
        buffer.append(UInt8(ascii: "\n"))
        return buffer.count < 65_536 || Self.flush(&buffer)
      }
    } catch { throw CommandFailure(error) }
    guard Self.flush(&buffer) else {
      throw CommandFailure(
        "the export could not be written: \(String(cString: strerror(errno)))",
        hint: "what was written is not the whole log")
    }
  }

  /// Writes the buffer; when that fails it keeps what was not written.
  private static func flush(_ buffer: inout [UInt8]) -> Bool {
    var done = 0
    while done < buffer.count {
      let count = buffer[done...].withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    buffer.removeAll(keepingCapacity: true)
    return true
  }
}
