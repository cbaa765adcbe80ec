import Foundation
import Glibc
import PurserTesting

/// What of the ledger's files would be left if the power failed: what was synced, and any part of
/// what was not.
///
/// It is worked out from the recording of `faultlayer.c`. Writes wait until a sync of their file
/// succeeds. When a sync fails, some of them may have reached the disk and the others never will,
/// as on Linux. Sectors of 512 bytes are written whole; nothing else is promised, no order either.
/// A name in a directory is there once the directory was synced.
struct Platter: Sendable {
  private struct Change: Sendable {
    enum Kind: Sendable {
      case write([UInt8])
      case truncate
    }
    let kind: Kind
    let offset: UInt64
  }

  /// One file by its place on the disk, since a name can come to mean another.
  private typealias Image = Int

  private let directory: String
  private let recording: String
  private let live: [UInt64: String]
  private var images = 0
  /// What is written and not synced, oldest first.
  private var waiting: [Image: [Change]] = [:]
  /// The names as the running system sees them, and as they are on the disk.
  private var names: [UInt64: Image] = [:]
  private var namesOnDisk: [UInt64: Image] = [:]

  private static let sector = 512
  private static let directoryFile: UInt64 = 4

  /// The disk of an installation whose daemon has not run yet.
  init(_ installation: Installation, _ layer: FaultLayer) throws {
    directory = "\(installation.directory)/platter"
    recording = layer.recording
    let ledger = installation.ledgerFile
    live = [1: ledger, 2: "\(ledger)-wal", 3: "\(ledger)-journal"]
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
  }

  /// Takes up what a daemon did that is gone by now.
  mutating func absorb(_ generator: inout SeededGenerator) throws {
    guard let data = FileManager.default.contents(atPath: recording) else { return }
    var rest = data[...]
    while rest.count >= 32 {
      let words = rest.prefix(32).withUnsafeBytes { bytes in
        (0..<4).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
      }
      let (operation, file, offset) = (words[0], words[1], words[2])
      let length = operation == 1 ? Int(words[3]) : 0
      rest = rest.dropFirst(32)
      // The kill cut off the last one.
      guard rest.count >= length else { break }
      try apply(
        operation, to: file, offset: offset, data: [UInt8](rest.prefix(length)), &generator)
      rest = rest.dropFirst(length)
    }
    try check(truncate(recording, 0) == 0, "the recording cannot be emptied")
  }

  private mutating func apply(
    _ operation: UInt64, to file: UInt64, offset: UInt64, data: [UInt8],
    _ generator: inout SeededGenerator
  ) throws {
    switch operation {
    case 1: try add(Change(kind: .write(data), offset: offset), to: file)
    case 2: try add(Change(kind: .truncate, offset: offset), to: file)
    case 3 where file == Self.directoryFile: namesOnDisk = names
    case 3: try settle(try image(of: file)) { $0 }
    case 4 where file == Self.directoryFile: break
    case 4: try settle(try image(of: file)) { Self.survivors($0, &generator) }
    case 5:
      images += 1
      names[file] = images
      try Data().write(to: URL(filePath: path(of: images)))
    case 6: names[file] = nil
    default: throw Failure("the recording holds an operation \(operation)")
    }
  }

  /// Loses what was not synced, or a part of it, and puts the files in that state.
  mutating func losePower(_ generator: inout SeededGenerator) throws {
    if generator.once(in: 2) { namesOnDisk = names }
    for (file, path) in live {
      unlink(path)
      guard let image = namesOnDisk[file] else { continue }
      try settle(image) { Self.survivors($0, &generator) }
      try FileManager.default.copyItem(atPath: self.path(of: image), toPath: path)
      try check(chmod(path, 0o600) == 0, "the mode of \(path) cannot be set")
    }
    names = namesOnDisk
    waiting = [:]
    try loseIndex(&generator)
  }

  /// The index of the log is no durable data: after the power came back it holds anything.
  private func loseIndex(_ generator: inout SeededGenerator) throws {
    guard let ledger = live[1] else { return }
    let path = "\(ledger)-shm"
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: unlink(path)
    case 1 where FileManager.default.fileExists(atPath: path):
      try Data(generator.bytes(32_768)).write(to: URL(filePath: path))
    default: break
    }
  }

  private func image(of file: UInt64) throws -> Image {
    try require(names[file], "the recording begins in the middle")
  }

  private func path(of image: Image) -> String { "\(directory)/\(image)" }

  private mutating func add(_ change: Change, to file: UInt64) throws {
    waiting[try image(of: file), default: []].append(change)
  }

  /// Puts a part of what waits on the disk and forgets the rest.
  private mutating func settle(_ image: Image, _ choose: ([Change]) -> [Change]) throws {
    let changes = choose(waiting[image] ?? [])
    waiting[image] = nil
    guard !changes.isEmpty else { return }
    let descriptor = open(path(of: image), O_WRONLY | O_CLOEXEC)
    try check(descriptor >= 0, "\(path(of: image)) cannot be opened")
    defer { close(descriptor) }
    for change in changes {
      let isDone =
        switch change.kind {
        case .write(let data):
          pwrite(descriptor, data, data.count, off_t(change.offset)) == data.count
        case .truncate: ftruncate(descriptor, off_t(change.offset)) == 0
        }
      try check(isDone, "\(path(of: image)) cannot be written")
    }
  }

  /// All, none, the first ones, or any of the changes; of the writes, any of their sectors.
  private static func survivors(
    _ changes: [Change], _ generator: inout SeededGenerator
  ) -> [Change] {
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: return []
    case 1: return changes
    case 2:
      let whole = Int.random(in: 0...changes.count, using: &generator)
      guard whole < changes.count else { return changes }
      return changes.prefix(whole) + sectors(of: changes[whole], &generator)
    default:
      var kept: [Change] = []
      for change in changes {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: kept.append(change)
        case 1: kept += sectors(of: change, &generator)
        default: break
        }
      }
      return kept
    }
  }

  /// Some of the sectors of a write.
  private static func sectors(
    of change: Change, _ generator: inout SeededGenerator
  ) -> [Change] {
    guard case .write(let data) = change.kind else { return [] }
    var kept: [Change] = []
    var start = 0
    while start < data.count {
      let inSector = sector - (Int(change.offset) + start) % sector
      let end = min(start + inSector, data.count)
      if generator.once(in: 2) {
        kept.append(
          Change(kind: .write(Array(data[start..<end])), offset: change.offset + UInt64(start)))
      }
      start = end
    }
    return kept
  }
}
