internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct WalletDoctorCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Try the wallet, and tell what its credential may and may not do.",
    discussion: """
      Nothing is paid and nothing is changed. Exits with 1 when the wallet is not reached, and \
      when Purser lacks what it needs to pay safely: paying, and looking payments up. What the \
      credential may do beyond what Purser uses is a warning.
      """)

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let reply = try await call.plain(WalletExamine.self, NoParameters())
    let diagnosis = WalletDiagnosis(reply)
    daemon.show(reply) { _ in diagnosis.lines }
    guard diagnosis.isGood else {
      Terminal.writeError(
        "the wallet's credential does not let Purser pay safely", hint: diagnosis.remedy)
      throw ExitCode.failure
    }
  }
}
