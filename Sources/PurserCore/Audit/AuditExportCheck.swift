/// Checks exports and archives of a log line by line, one file after another.
///
/// The first file may begin anywhere, and says where; each further one must follow on the one
/// before. An archive must go on to the event that its first line names, and end there with a
/// signed checkpoint, so that one that was cut short shows.
public struct AuditExportCheck: Sendable {
  /// What was found in all files so far.
  public private(set) var verifier: AuditVerifier
  private var lines: UInt64 = 0
  private var until: UInt64?
  /// The size of the last checkpoint of this file.
  private var lastCheckpoint: UInt64?

  /// A check that goes on from `verifier`.
  public init(_ verifier: AuditVerifier) { self.verifier = verifier }

  /// Checks the next line of a file, without its line feed; nil when it fits.
  public mutating func read(_ line: [UInt8]) -> AuditReport.Fault? {
    lines += 1
    switch AuditExport.Line(line) {
    case .event(let sequence, let text, let hash):
      if let until, sequence > until {
        return AuditReport.Fault(sequence: sequence, reason: "the archive should end before it")
      }
      return verifier.check(sequence: sequence, text: text, hash: hash)
    case .checkpoint(let checkpoint):
      lastCheckpoint = checkpoint.size
      return verifier.check(checkpoint)
    case .follows(let start, let until) where lines == 1:
      self.until = until
      return verifier.begin(after: start)
    case .follows, nil:
      return AuditReport.Fault(
        sequence: verifier.events + 1, reason: "the line is not one of an export")
    }
  }

  /// Checks that the file at hand is whole; the next line is that of another one.
  public mutating func endFile() -> AuditReport.Fault? {
    defer { (lines, until, lastCheckpoint) = (0, nil, nil) }
    guard let until else { return nil }
    guard verifier.events >= until else {
      return AuditReport.Fault(
        sequence: verifier.events + 1,
        reason: "missing: the archive should go on to number \(until)")
    }
    guard lastCheckpoint == until else {
      return AuditReport.Fault(
        .checkpoint, sequence: until, reason: "missing: an archive ends with one")
    }
    return nil
  }
}
