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
      public key. With --from, the proof is that the log of the latest checkpoint begins with the \
      first so many events as an earlier checkpoint has them.
      """)

  @Argument(help: ArgumentHelp("The number of the event.", valueName: "seq"))
  var sequence: UInt64?

  @Option(help: ArgumentHelp("The size of an earlier checkpoint.", valueName: "size"))
  var from: UInt64?

  @OptionGroup var database: DatabaseOption

  func validate() throws {
    guard (sequence == nil) == (from == nil) else { return }
    throw ValidationError("give the number of an event, or --from with the size of a checkpoint")
  }

  func run() throws {
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

  private func show(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      Terminal.writeLine(String(line))
    }
  }
}
