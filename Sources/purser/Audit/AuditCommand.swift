internal import ArgumentParser

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Read the audit log and check that nobody edited it; for operators.",
    subcommands: [
      AuditListCommand.self, AuditVerifyCommand.self, AuditCheckpointCommand.self,
      AuditKeyCommand.self, AuditExportCommand.self, AuditProveCommand.self,
      AuditCheckProofCommand.self,
    ])
}
