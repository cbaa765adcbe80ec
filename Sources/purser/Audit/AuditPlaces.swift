internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import PurserCore
internal import PurserLedger

/// Files that commands on the audit log read.
enum AuditPlaces {
  /// The usual installation of this user.
  /// - Throws: ``CommandFailure`` when the environment names none.
  static func usual() throws(CommandFailure) -> InstallationPlaces {
    try InstallationPlaces(
      environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
  }

  /// The whole text of the file at `path`, `-` for standard input.
  /// - Throws: ``CommandFailure`` when it cannot be read, is longer than `limit` bytes, or is not
  ///   UTF-8; `what` names it.
  static func text(in path: String, limit: Int, _ what: String) throws -> String {
    let file = try InputFile(path)
    var reader = LineReader(descriptor: file.descriptor, limit: limit)
    var text = ""
    while let line = try reader.next() {
      guard case .bytes(let bytes) = line, let part = String(validating: bytes, as: UTF8.self),
        text.utf8.count + part.utf8.count < limit
      else { throw CommandFailure("\(Terminal.sanitized(path)) does not hold \(what)") }
      text += part + "\n"
    }
    return text
  }
}

/// A file that is open for reading, or standard input for `-`.
final class InputFile {
  let descriptor: Int32
  private let isOwned: Bool

  /// Opens `path`.
  /// - Throws: ``CommandFailure``.
  init(_ path: String) throws(CommandFailure) {
    isOwned = path != "-"
    descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : LineReader.standardInput
    guard descriptor >= 0 else {
      throw CommandFailure(
        "cannot open \(Terminal.sanitized(path)): \(String(cString: strerror(errno)))")
    }
  }

  deinit { if isOwned { close(descriptor) } }
}

/// Where the database is.
struct DatabaseOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The ledger's database, in place of the usual one; only read.", valueName: "path"))
  var database: String?

  /// Opens it.
  /// - Throws: ``CommandFailure``.
  func open() throws -> AuditDatabase {
    let path = try database ?? AuditPlaces.usual().ledgerFile
    do throws(AuditDatabaseError) { return try AuditDatabase(path: path) } catch {
      throw CommandFailure(error)
    }
  }
}

/// The public keys that the log is checked with.
struct AuditKeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The public key, as `purser audit key` prints it, or a file that holds it; may be repeated.",
      valueName: "vkey"))
  var key: [String] = []

  private static let maximumLength = 4096

  /// The keys.
  /// - Throws: ``CommandFailure`` when one is none.
  func read() throws -> [NoteKey] {
    try key.map { given in
      let refusal: NoteKeyError
      do throws(NoteKeyError) { return try NoteKey(parsing: given) } catch { refusal = error }
      guard access(given, F_OK) == 0 else {
        throw CommandFailure(
          "--key: \(refusal), and there is no such file", hint: "see: purser audit key")
      }
      let line = try SecretInput.line(in: given, of: Self.maximumLength, "a public key")
      do throws(NoteKeyError) { return try NoteKey(parsing: line) } catch {
        throw CommandFailure(
          "\(Terminal.sanitized(given)) holds no public key: \(error)",
          hint: "see: purser audit key")
      }
    }
  }
}

extension CommandFailure {
  /// The database could not be read, or proves nothing.
  init(_ error: AuditDatabaseError) { self.init(Terminal.sanitized("\(error)", limit: 500)) }
}
