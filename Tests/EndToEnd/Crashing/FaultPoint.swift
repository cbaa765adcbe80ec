import PurserTesting
import Testing

/// The places at which the daemon is killed.
enum FaultPoint: String, CaseIterable, Sendable, CustomTestStringConvertible {
  /// A group is applied in memory, and nothing of it is in the log.
  case beforeTheWrite
  /// A part of a group is in the log.
  case insideTheTransaction
  /// A part of a group is in the log, and its last write was cut.
  case insideAWrite
  /// A whole group is in the log, and none of it has to be on the disk.
  case beforeTheCommit
  /// A group is on the disk, and no reply has left.
  case afterTheCommit
  /// The checkpoint begins to write into the database.
  case beforeTheCheckpoint
  /// A part of the log is in the database.
  case insideTheCheckpoint
  /// A part of the log is in the database, and a page of it was cut.
  case insideAPage
  /// All of the log is in the database, and none of it has to be on the disk.
  case beforeTheCheckpointIsSynced
  /// The database has all of the log, which is not marked as done yet.
  case afterTheCheckpoint
  /// The log begins anew over its old frames.
  case afterTheLogsHead
  /// The log's head was cut.
  case insideTheLogsHead
  /// The wallet has been told to pay, and has not answered.
  case whileAPaymentIsOut
  /// The next daemon takes up what the killed one left.
  case whileStarting

  var testDescription: String { rawValue }

  /// What the layer is told; nothing where the test does it.
  func steps(_ generator: inout SeededGenerator) -> [FaultStep] {
    let few = UInt64.random(in: 0..<30, using: &generator)
    let many = UInt64.random(in: 0..<400, using: &generator)
    let part = UInt64.random(in: 1..<1000, using: &generator)
    return switch self {
    case .beforeTheWrite: [FaultStep(calls: .firstLogWrite, skip: few, action: .killBefore)]
    case .insideTheTransaction: [FaultStep(calls: .logWrite, skip: many, action: .killAfter)]
    case .insideAWrite:
      [FaultStep(calls: .logWrite, skip: many, action: .tear(thousandths: part))]
    case .beforeTheCommit: [FaultStep(calls: .logSync, skip: few, action: .killBefore)]
    case .afterTheCommit: [FaultStep(calls: .logSync, skip: few, action: .killAfter)]
    case .beforeTheCheckpoint: [FaultStep(calls: .mainWrite, action: .killBefore)]
    case .insideTheCheckpoint: [FaultStep(calls: .mainWrite, skip: few, action: .killAfter)]
    case .insideAPage:
      [FaultStep(calls: .mainWrite, skip: few, action: .tear(thousandths: part))]
    case .beforeTheCheckpointIsSynced: [FaultStep(calls: .mainSync, action: .killBefore)]
    case .afterTheCheckpoint: [FaultStep(calls: .mainSync, action: .killAfter)]
    case .afterTheLogsHead: [FaultStep(calls: .logHeader, action: .killAfter)]
    case .insideTheLogsHead:
      [FaultStep(calls: .logHeader, action: .tear(thousandths: part))]
    case .whileAPaymentIsOut, .whileStarting: []
    }
  }
}
