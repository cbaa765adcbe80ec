import Foundation
import PurserConfig
import PurserCore
import PurserLedger
import PurserTesting
import Testing

@Suite struct AuditCommandTests {
  let scratch: ScratchDirectory
  let keyFile: String
  let database: String
  let vkey: String
  let signer: NoteSigner
  let ledger: SQLiteLedger

  /// A ledger with 300 events, checkpoints at 100 and 300, and its key; it stays open meanwhile.
  init() async throws {
    scratch = try ScratchDirectory()
    keyFile = scratch.path + "/audit.key"
    database = scratch.path + "/ledger.db"
    signer = try AuditKeyFile.create(keyFile).signer
    vkey = signer.key.text
    let clock = ManualClock()
    ledger = try SQLiteLedger(path: database, wallClock: clock.now)
    for number in 1...300 {
      let count = RefusalCount(
        node: nil, method: "spend.reserve", reason: "budget_exceeded", count: UInt64(number),
        peer: nil)
      _ = try await ledger.submit(
        LedgerRequest(actor: .daemon, command: .recordRefusals(count)), from: 1)
      if number == 100 || number == 300 { try await checkpoint() }
    }
  }

  private func checkpoint() async throws {
    let head = try ledger.logHead()
    let note = Checkpoint(origin: signer.key.name, size: head.size, root: head.root)
      .note(signedBy: signer)
    _ = try scratch.write(note, to: "checkpoint-\(head.size)")
    let stored = StoredCheckpoint(size: head.size, note: note)
    _ = try await ledger.submit(
      LedgerRequest(actor: .daemon, command: .storeCheckpoint(stored)), from: 1)
  }

  private func audit(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(["audit"] + arguments)
  }

  @Test func `the key is printed as a vkey, and never the private one`() throws {
    let done = try audit("key", "--key-file", keyFile)
    #expect(done.status == 0 && done.output == vkey + "\n")
    #expect(!done.output.contains("PRIVATE"))
    let missing = try audit("key", "--key-file", keyFile + "x")
    #expect(missing.status == 1 && missing.error.contains("--key-file"))
  }

  @Test func `a live database verifies with the public key, given or in a file`() throws {
    let file = try scratch.write(vkey + "\n", to: "vkey")
    for key in [vkey, file] {
      let done = try audit(
        "verify", "--database", database, "--key", key, "--checkpoint",
        scratch.path + "/checkpoint-100")
      #expect(done.status == 0, "\(done)")
      #expect(done.output.contains("\"checkpoints\":2,\"events\":300,"))
      #expect(done.output.contains("\"ok\":true") && done.error == "")
    }
    let told = try audit("verify", "--database", database, "--key", vkey, "--progress")
    #expect(told.error.contains("checked 100 of 300 events"))
  }

  @Test func `an export verifies, and one that was edited names the event`() throws {
    let export = try audit("export", "--database", database)
    #expect(export.status == 0 && export.lines.count == 302)
    let file = try scratch.write(export.output, to: "log.jsonl")
    let good = try audit("verify", "--file", file, "--key", vkey)
    #expect(good.status == 0 && good.output.contains("\"checkpoints\":2,\"events\":300,"))
    let edited = try scratch.write(
      export.output.replacing("\"count\":217,", with: "\"count\":218,"), to: "edited.jsonl")
    let bad = try audit("verify", "--file", edited, "--key", vkey)
    #expect(bad.status == 1 && bad.output.contains("\"fault\":\"event 217: "))
    let cut = try scratch.write(
      export.lines.prefix(150).map { $0 + "\n" }.joined(), to: "cut.jsonl")
    #expect(try audit("verify", "--file", cut, "--key", vkey).status == 0)
    let short = try audit(
      "verify", "--file", cut, "--key", vkey, "--checkpoint", scratch.path + "/checkpoint-300")
    #expect(short.status == 1 && short.output.contains("the checkpoint of 300 events: "))
    let garbage = try scratch.write("{\"event\":\n\u{1b}[2J\n", to: "garbage")
    #expect(try audit("verify", "--file", garbage, "--key", vkey).status == 1)
    let empty = try scratch.write("", to: "empty")
    #expect(try audit("verify", "--file", empty, "--key", vkey).status == 0)
  }

  @Test func `another key than the log's does not verify it`() throws {
    let other = try AuditKeys.signer(privateKey: [UInt8](repeating: 6, count: 32)).key.text
    let done = try audit("verify", "--database", database, "--key", other)
    #expect(done.status == 1 && done.output.contains("signed by none of the keys given"))
    #expect(try audit("verify", "--database", database, "--key", other, "--key", vkey).status == 0)
  }

  @Test func `a proof holds with no database, and not for another event`() throws {
    let made = try audit("prove", "42", "--database", database)
    #expect(made.status == 0 && made.output.hasPrefix("c2sp.org/tlog-proof@v1\nextra "))
    let file = try scratch.write(made.output, to: "42.tlog-proof")
    let done = try audit("check-proof", file, "--key", vkey)
    #expect(done.status == 0, "\(done)")
    #expect(done.output.contains("\"count\":42,") && done.output.contains("\"seq\":42,"))
    let right = scratch.path + "/checkpoint-300"
    let wrong = scratch.path + "/checkpoint-100"
    #expect(
      try audit("check-proof", file, "--key", vkey, "--checkpoint", right).status == 0)
    #expect(
      try audit("check-proof", file, "--key", vkey, "--checkpoint", wrong).status == 1)
    let moved = try scratch.write(
      made.output.replacing("\nindex 41\n", with: "\nindex 40\n"), to: "moved")
    let bad = try audit("check-proof", moved, "--key", vkey)
    #expect(bad.status == 1 && bad.output == "")
    #expect(bad.error.hasPrefix("purser: error: the proof does not hold: "))
    let piped = try Program.run(
      ["audit", "check-proof", "-", "--key", vkey], input: Array(made.output.utf8))
    #expect(piped == done)
  }

  @Test func `growth between two checkpoints is proved`() throws {
    let made = try audit("prove", "--from", "100", "--database", database)
    #expect(made.status == 0 && made.output.hasPrefix("old 100\n"))
    let file = try scratch.write(made.output, to: "growth")
    let early = scratch.path + "/checkpoint-100"
    let done = try audit("check-proof", file, "--key", vkey, "--checkpoint", early)
    #expect(done.status == 0 && done.output.contains("300 events"), "\(done)")
    #expect(try audit("check-proof", file, "--key", vkey).status == 1)
    let late = scratch.path + "/checkpoint-300"
    #expect(try audit("check-proof", file, "--key", vkey, "--checkpoint", late).status == 1)
  }

  @Test func `what cannot be proved or read says what to do`() throws {
    let beyond = try audit("prove", "301", "--database", database)
    #expect(beyond.status == 1 && beyond.error.contains("no event 301"))
    let none = try audit("export", "--database", scratch.path + "/none.db")
    #expect(none.status == 1 && none.error.contains("ledger.db"))
    let notOne = try audit("verify", "--database", keyFile, "--key", vkey)
    #expect(notOne.status == 1 && notOne.error.hasPrefix("purser: error: "))
    let noKey = try audit("verify", "--database", database, "--key", "nonsense")
    #expect(noKey.status == 1 && noKey.error.contains("purser audit key"))
  }

  @Test(arguments: [
    ["verify", "--database", "x"], ["verify", "--key", "x"], ["verify", "--file", "x"],
    ["verify", "--file", "x", "--database", "y"], ["prove"], ["prove", "1", "--from", "2"],
    ["prove", "--from", "2", "--file", "x"], ["prove", "1", "--file", "x", "--database", "y"],
    ["archive"], ["archive", "--older-than", "soon"], ["prove", "-1"], ["check-proof", "x"],
    ["check-proof"],
  ])
  func `options that do not go together are wrong usage`(arguments: [String]) throws {
    let done = try Program.run(["audit"] + arguments)
    #expect(done.status == 64 && done.output == "")
  }
}
