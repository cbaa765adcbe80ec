internal import FoundationEssentials
internal import LibCrypto
public import PurserCore

/// Checks an archive of grants with nothing but the file: its digest, and that what each grant spent
/// is what its holds and the grants below it add up to.
public struct ArchiveCheck {
  /// The longest line that is read, in bytes.
  public static let maximumLineLength = 1 << 20
  private static let mostFaults = 100

  private struct Line: Decodable {
    struct Start: Decodable { let format: String }
    struct Grant: Decodable {
      let id: NodeID
      let parent: NodeID?
      let settledMsat: UInt64
      let archivedMsat: UInt64

      enum CodingKeys: String, CodingKey {
        case id, parent
        case settledMsat = "settled_msat"
        case archivedMsat = "archived_msat"
      }
    }
    struct HoldLine: Decodable {
      let id: HoldID
      let grant: NodeID
      let state: String
      let settledMsat: UInt64

      enum CodingKeys: String, CodingKey {
        case id, grant, state
        case settledMsat = "settled_msat"
      }
    }
    struct PaymentLine: Decodable { let hold: HoldID }
    struct End: Decodable {
      let grants: UInt64
      let holds: UInt64
      let payments: UInt64
      let sha256: String
    }

    let archive: Start?
    let grant: Grant?
    let hold: HoldLine?
    let payment: PaymentLine?
    let end: End?
  }

  private struct Sums {
    let stated: UInt64
    let archived: UInt64
    let parent: NodeID?
    var found: UInt64
  }

  private var hash = SHA256()
  private var lines = 0
  private var order: [NodeID] = []
  private var sums: [NodeID: Sums] = [:]
  private var counts = ArchiveCounts()
  private var isEnded = false
  private var faults: [String] = []

  /// A check that has seen nothing.
  public init() {}

  /// Takes the next line, without its line feed.
  public mutating func read(_ line: [UInt8]) {
    lines += 1
    guard !isEnded else { return report("line \(lines): there is more after the end") }
    guard line.count <= Self.maximumLineLength,
      let read = try? JSONDecoder().decode(Line.self, from: Data(line))
    else { return report("line \(lines): not a line of an archive") }
    take(read)
    hash.update(line + [UInt8(ascii: "\n")])
  }

  private mutating func take(_ line: Line) {
    if lines == 1 {
      if line.archive?.format != ArchiveLine.format { report("line 1: no archive that is known") }
    } else if let grant = line.grant {
      counts.grants += 1
      order.append(grant.id)
      sums[grant.id] = Sums(
        stated: grant.settledMsat, archived: grant.archivedMsat, parent: grant.parent,
        found: grant.archivedMsat)
    } else if let hold = line.hold {
      counts.holds += 1
      if hold.state == Hold.State.held.rawValue { report("hold \(hold.id): it has not ended") }
      guard sums[hold.grant] != nil else { return report("hold \(hold.id): its grant is missing") }
      sums[hold.grant]?.found &+= hold.settledMsat
    } else if line.payment != nil {
      counts.payments += 1
    } else if let end = line.end {
      finish(end)
    } else {
      report("line \(lines): not a line of an archive")
    }
  }

  private mutating func finish(_ end: Line.End) {
    isEnded = true
    if end.sha256 != Hex.encode(hash.finalized()) {
      report("the file was changed: its digest differs")
    }
    let stated = ArchiveCounts(grants: end.grants, holds: end.holds, payments: end.payments)
    if stated != counts { report("the file was changed: it does not hold as much as it says") }
    // Parents come before those below them.
    for id in order.reversed() {
      guard let grant = sums[id] else { continue }
      if grant.found != grant.stated {
        report("grant \(id): settled_msat is \(grant.stated), its rows add up to \(grant.found)")
      }
      if let parent = grant.parent, sums[parent] != nil {
        sums[parent]?.found &+= grant.stated &- grant.archived
      }
    }
  }

  /// What was found, once all lines were read.
  public func finished() -> LedgerReport {
    let missing = isEnded ? [] : ["the file is cut short: it has no end"]
    return LedgerReport(nodes: counts.grants, holds: counts.holds, faults: faults + missing)
  }

  private mutating func report(_ fault: String) {
    if faults.count < Self.mostFaults { faults.append(fault) }
  }
}
