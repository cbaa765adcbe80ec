internal import PurserCore

/// Checks an exported log, line by line.
enum AuditFileCheck {
  /// What the file at `path` holds, `-` for standard input.
  /// - Throws: ``CommandFailure`` when it cannot be read.
  static func report(
    on path: String, keys: [NoteKey], kept: [Checkpoint], progress: ProgressLine
  ) throws -> AuditReport {
    let file = try InputFile(path)
    var reader = LineReader(descriptor: file.descriptor, limit: AuditExport.maximumLineLength)
    var verifier = AuditVerifier(keys: keys, kept: kept)
    while let line = try reader.next() {
      if line == .bytes([]) { continue }
      if let fault = check(line, &verifier) { return verifier.report(fault) }
      if verifier.events % 8192 == 0 { progress.show("checked \(verifier.events) events") }
    }
    return verifier.report(verifier.checkEnd())
  }

  private static func check(
    _ line: LineReader.Line, _ verifier: inout AuditVerifier
  ) -> AuditReport.Fault? {
    guard case .bytes(let bytes) = line, let entry = AuditExport.Line(bytes) else {
      return AuditReport.Fault(
        sequence: verifier.events + 1, reason: "the line is not one of an export")
    }
    return switch entry {
    case .event(let sequence, let text, let hash):
      verifier.check(sequence: sequence, text: text, hash: hash)
    case .checkpoint(let checkpoint): verifier.check(checkpoint)
    }
  }
}
