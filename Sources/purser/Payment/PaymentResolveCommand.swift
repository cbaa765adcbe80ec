internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct PaymentResolveCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "End a payment by what you found out about it.",
    discussion: """
      For one that is stuck and that the wallet does not tell the end of. That it was paid is proved \
      by its preimage; that it was not and never will be, you say, and the audit log keeps how you \
      know. One that was ended as failed and is paid later is missing in the books.
      """)

  @Argument(help: "The hold that carries it, by id.", transform: ArgumentText.identifier)
  var hold: HoldID

  @Flag(help: "It was not paid, and never will be.")
  var failed = false

  @Option(
    help: ArgumentHelp(
      "It was paid: a file with the preimage in hex, '-' for standard input.", valueName: "path"))
  var preimageFile: String?

  @Option(
    help: ArgumentHelp("What routing cost; nothing when missing.", valueName: "amount"),
    transform: ArgumentText.amount)
  var fee: Msat?

  @Option(help: ArgumentHelp("How you know, for the audit log; no secrets.", valueName: "text"))
  var evidence: String

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var repeating: RepeatOptions

  func validate() throws {
    guard failed == (preimageFile == nil) else {
      throw ValidationError("say what became of it: --failed, or --preimage-file with the proof")
    }
    guard fee == nil || !failed else { throw ValidationError("--fee goes with --preimage-file") }
  }

  func run() async throws {
    let preimage = try preimageFile.map {
      try SecretInput.line(in: $0, of: 64, "a preimage in hex")
    }
    let call = try DaemonCall.asOperator(daemon)
    let parameters = PaymentResolve.Parameters(
      hold: hold, outcome: failed ? .failed : .paid, preimage: preimage, feeMsat: fee,
      evidence: evidence)
    let reply = try await call.change(PaymentResolve.self, parameters, repeating)
    daemon.show(reply, as: \.lines)
  }
}
