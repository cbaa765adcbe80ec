internal import ArgumentParser
internal import PurserCore
internal import PurserLedger

struct AuditProveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract: "Write a proof that an event is in the log, or that the log only grew.",
    discussion: """
      The proof of an event (c2sp.org/tlog-proof) holds the event, the hashes that lead to the \
      root, and the latest checkpoint: `purser audit check-proof` needs nothing else but the \
      public key. An archived event is proved by the archive that has it, with --file, for the \
      checkpoint at the end of that. With --from, the proof is that the log of the latest checkpoint begins with the \
      first so many events as an earlier checkpoint has them.
      """)

  @Argument(help: ArgumentHelp("The number of the event.", valueName: "seq"))
  var sequence: UInt64?

  @Option(help: ArgumentHelp("The size of an earlier checkpoint.", valueName: "size"))
  var from: UInt64?

  @Option(help: ArgumentHelp("The archive that has the event.", valueName: "path"))
  var file: String?

  @OptionGroup var database: DatabaseOption

  func validate() throws {
    guard (sequence == nil) != (from == nil) else {
      throw ValidationError("give the number of an event, or --from with the size of a checkpoint")
    }
    guard file != nil, from != nil || database.database != nil else { return }
    throw ValidationError("--file goes with the number of an event alone")
  }

  func run() throws {
    if let file, let sequence { return show(try Self.proof(of: sequence, in: file).text) }
    let database = try database.open()
    do throws(AuditDatabaseError) {
      // The number and the size fit: SQLite has none that are greater.
      if let sequence {
        show(try database.prove(event: min(sequence, UInt64(Int64.max))).text)
      } else if let from {
        show(try database.prove(growthFrom: min(from, UInt64(Int64.max))).text)
      }
    } catch { throw CommandFailure(error) }
  }

  /// The proof of an event from the archive at `path`.
  private static func proof(of sequence: UInt64, in path: String) throws -> LogProof {
    let name = Terminal.sanitized(path)
    let file = try InputFile(path)
    var reader = LineReader(descriptor: file.descriptor, limit: AuditExport.maximumLineLength)
    var proof: ArchivedProof?
    while let line = try reader.next() {
      guard case .bytes(let bytes) = line, let line = AuditExport.Line(bytes) else {
        throw CommandFailure(
          "\(name) has a line that is not one of an archive",
          hint: "check it with `purser audit verify --file`")
      }
      if proof != nil {
        proof?.read(line)
      } else {
        guard case .follows(let start, .some(let end)) = line else {
          throw CommandFailure("\(name) is no archive of `purser audit archive`")
        }
        proof = ArchivedProof(of: sequence, after: start, until: end)
        guard proof != nil else {
          throw CommandFailure("\(name) has the events \(start.size + 1) to \(end)")
        }
      }
    }
    guard let made = proof?.finished() else {
      throw CommandFailure(
        "\(name) does not lead to the checkpoint at its end",
        hint: "check it with `purser audit verify --file`")
    }
    return made
  }

  private func show(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      Terminal.writeLine(String(line))
    }
  }
}
