internal import ArgumentParser

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Read the audit log, check that nobody edited it, archive it; for operators.",
    subcommands: [
      AuditListCommand.self, AuditVerifyCommand.self, AuditCheckpointCommand.self,
      AuditKeyCommand.self, AuditExportCommand.self, AuditProveCommand.self,
      AuditCheckProofCommand.self, AuditArchiveCommand.self,
    ])
}
