internal import PurserCore

/// Checks exported logs and archives, line by line.
enum AuditFileCheck {
  /// Goes on from `verifier` with the files at `paths`, in this order; `-` is standard input.
  /// - Returns: What was found, and the first fault.
  /// - Throws: ``CommandFailure`` when one cannot be read.
  static func check(
    _ paths: [String], from verifier: AuditVerifier, progress: ProgressLine
  ) throws -> (verifier: AuditVerifier, fault: AuditReport.Fault?) {
    var check = AuditExportCheck(verifier)
    for path in paths {
      let file = try InputFile(path)
      var reader = LineReader(descriptor: file.descriptor, limit: AuditExport.maximumLineLength)
      while let line = try reader.next() {
        // One that is too long is no line of an export either.
        let bytes = if case .bytes(let bytes) = line { bytes } else { [UInt8(0)] }
        if bytes.isEmpty { continue }
        if let fault = check.read(bytes) { return (check.verifier, fault) }
        let events = check.verifier.events
        if events % 8192 == 0 { progress.show("checked up to event \(events)") }
      }
      if let fault = check.endFile() { return (check.verifier, fault) }
    }
    return (check.verifier, nil)
  }
}
