internal import ArgumentParser
internal import PurserCore

struct AuditCheckProofCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-proof",
    abstract: "Check a proof of `purser audit prove` with the public key alone.",
    discussion: """
      It needs no daemon and no database. For a proof of an event it prints the event. With \
      --checkpoint, the proof must be for that checkpoint; a proof that the log grew needs the \
      earlier one there. Exits with 1 when the proof does not hold.
      """)

  @Argument(help: ArgumentHelp("The proof; '-' for standard input.", valueName: "file"))
  var file: String

  @OptionGroup var keys: AuditKeyOptions

  @Option(help: ArgumentHelp("A file with a signed checkpoint.", valueName: "file"))
  var checkpoint: String?

  func validate() throws {
    if keys.key.isEmpty { throw ValidationError("give the public key of the log: --key") }
  }

  func run() throws {
    let keys = try keys.read()
    let text = try AuditPlaces.text(in: file, limit: LogProof.maximumLength, "a proof")
    let note = try checkpoint.map {
      try AuditPlaces.text(in: $0, limit: SignedNote.maximumLength, "a checkpoint")
    }
    do throws(LogProofError) {
      GrowthProof.starts(text)
        ? try checkGrowth(text, from: note, keys) : try checkEvent(text, note, keys)
    } catch {
      throw CommandFailure("the proof does not hold: \(Terminal.sanitized("\(error)"))")
    }
  }

  private func checkEvent(
    _ text: String, _ note: String?, _ keys: [NoteKey]
  ) throws(LogProofError) {
    let proof = try LogProof(parsing: text)
    let head = try proof.verify(keys: keys)
    if let note {
      do throws(SignedNoteError) {
        guard try Checkpoint(note: note, keys: keys) == head else { throw .unknownSigner }
      } catch { throw error == .unknownSigner ? .otherLog : .checkpoint(error) }
    }
    let event = String(decoding: proof.event ?? [], as: UTF8.self)
    Terminal.writeLine(Terminal.sanitized(event, limit: LogProof.maximumLength))
  }

  private func checkGrowth(
    _ text: String, from note: String?, _ keys: [NoteKey]
  ) throws(LogProofError) {
    guard let note else { throw .otherLog }
    let proof = try GrowthProof(parsing: text)
    let head = try proof.verify(from: note, keys: keys)
    Terminal.writeLine(
      "the log of \(head.size) events begins with the \(proof.earlier) signed before")
  }
}
