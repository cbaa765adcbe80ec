import Foundation
import Glibc
import LibCrypto
import LibSQLite
import PurserCore
import PurserTesting
import Testing

@testable import PurserLedger

/// The sealed form, and copies of a ledger in it.
@Suite struct BackupTests {
  private let scratch: Scratch
  private static let master = SHA256.hash(Array("master".utf8))

  init() throws { scratch = try Scratch() }

  private static func ring(_ key: [UInt8] = master, number: UInt64 = 7) throws -> Keyring {
    try #require(Keyring(keys: [number: key], currentKeyID: number))
  }

  /// Seals `content` in chunks of 16 bytes.
  private func sealed(_ content: [UInt8], salt: UInt8 = 1) throws -> [UInt8] {
    let source = scratch.file("source")
    try Data(content).write(to: URL(filePath: source))
    let descriptor = open(source, O_RDONLY)
    defer { close(descriptor) }
    let path = scratch.file("sealed-\(UUID().uuidString)")
    let format = BackupFormat(
      keyID: 7, salt: [UInt8](repeating: salt, count: 32), chunkLength: 16)
    let file = try BackupFile(path, format, keyring: try Self.ring())
    let digest = try file.seal(descriptor)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(digest == SHA256.hash(bytes) && file.length == UInt64(bytes.count))
    return bytes
  }

  private func opened(_ bytes: [UInt8], _ keyring: Keyring? = nil) throws -> [UInt8] {
    let (path, target) = (scratch.file("backup"), scratch.file("target"))
    try Data(bytes).write(to: URL(filePath: path))
    let descriptor = open(target, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    let found = try SealedBackup.open(
      path, keyring: try keyring ?? Self.ring(), into: descriptor, targetPath: target)
    #expect(found.digest == SHA256.hash(bytes))
    return [UInt8](try Data(contentsOf: URL(filePath: target)))
  }

  private func refuses(_ bytes: [UInt8]) -> Bool {
    do {
      _ = try opened(bytes)
      return false
    } catch { return error is BackupError }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 31, 32, 33, 100])
  func `what is sealed opens again, whatever its length`(length: Int) throws {
    let content = (0..<length).map { UInt8($0) }
    let bytes = try sealed(content)
    let chunks = max(1, (length + 15) / 16)
    #expect(bytes.count == BackupFormat.headerLength + length + 16 * chunks)
    #expect(try opened(bytes) == content)
  }

  @Test func `no cut, no changed bit and no addition opens`() throws {
    let bytes = try sealed((0..<40).map { UInt8($0) })
    for end in bytes.indices { #expect(refuses(Array(bytes[..<end])), "cut at \(end)") }
    for index in bytes.indices {
      for bit in 0..<8 as Range<UInt8> {
        var changed = bytes
        changed[index] ^= 1 << bit
        #expect(refuses(changed), "bit \(bit) of byte \(index)")
      }
    }
    for extra in [[0], [UInt8](repeating: 0, count: 16), Array(bytes.suffix(32))] {
      #expect(refuses(bytes + extra))
    }
  }

  @Test func `chunks that are swapped, left out, repeated or from another file do not open`() throws
  {
    let content = (0..<64).map { UInt8($0) }
    let bytes = try sealed(content)
    let header = Array(bytes[..<BackupFormat.headerLength])
    let body = Array(bytes[BackupFormat.headerLength...])
    let chunks = stride(from: 0, to: body.count, by: 32).map { Array(body[$0..<($0 + 32)]) }
    #expect(chunks.count == 4)
    let other = try sealed(content, salt: 2)
    let foreign = Array(other[BackupFormat.headerLength...].prefix(32))
    let orders: [[[UInt8]]] = [
      [chunks[1], chunks[0], chunks[2], chunks[3]], [chunks[0], chunks[2], chunks[1], chunks[3]],
      [chunks[0], chunks[1], chunks[3]], [chunks[0], chunks[1], chunks[2]],
      [chunks[0], chunks[0], chunks[1], chunks[2], chunks[3]], [chunks[3]],
      [foreign, chunks[1], chunks[2], chunks[3]],
      [chunks[0], chunks[1], chunks[2], chunks[3], chunks[3]],
    ]
    for order in orders { #expect(refuses(header + order.flatMap(\.self))) }
    #expect(try opened(header + chunks.flatMap(\.self)) == content)
    #expect(refuses(Array(other[..<BackupFormat.headerLength]) + body))
  }

  @Test func `another key, and a key that is not there, open nothing`() throws {
    let bytes = try sealed([1, 2, 3])
    #expect(throws: BackupError.noKey(7)) { try opened(bytes, Self.ring(number: 8)) }
    #expect(throws: BackupError.notAuthentic(chunk: 0)) {
      try opened(bytes, Self.ring(SHA256.hash([1])))
    }
  }

  @Test func `what is no backup, or of a newer form, is told apart`() throws {
    var newer = try sealed([1])
    newer[8] = 2
    #expect(throws: BackupError.unknownVersion(2)) { try opened(newer) }
    for bytes in [[], Array("SQLite format 3".utf8), [UInt8](repeating: 0, count: 200)] {
      #expect(throws: BackupError.notABackup) { try opened(bytes) }
    }
    for length: [UInt8] in [[0, 0, 0, 0], [0, 16, 0, 1], [255, 255, 255, 255]] {
      var bytes = try sealed([1])
      bytes.replaceSubrange(49..<53, with: length)
      #expect(throws: BackupError.notABackup) { try opened(bytes) }
    }
  }

  @Test func `nothing that exists is overwritten, and nothing is left of what fails`() async throws
  {
    let harness = try Harness()
    let ledger = try harness.open()
    let path = scratch.file("taken")
    try Data("precious".utf8).write(to: URL(filePath: path))
    await #expect(throws: Refusal.self) {
      try await ledger.writeBackup(to: path, keyring: Self.ring())
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    await #expect(throws: Refusal.self) {
      try await ledger.writeBackup(to: scratch.file("no/such"), keyring: Self.ring())
    }
    ledger.close()
    // A database that is none: found out when the file was made already.
    let broken = scratch.file("broken.db")
    try Data("nothing".utf8).write(to: URL(filePath: broken))
    let target = scratch.file("target-of-broken")
    #expect(throws: BackupError.self) {
      try SQLiteLedger.writeBackup(of: broken, to: target, keyring: Self.ring())
    }
    #expect(access(target, F_OK) != 0)
  }

  @Test func `a backup of a ledger at work is one of its states, and verifies`() async throws {
    let harness = try Harness()
    let ledger = try harness.open()
    let chain = harness.maker.chain(harness.top(.spend(msat(1_000_000))))
    for number in 0..<200 as Range<UInt64> {
      _ = try await ledger.submit(.charge(number, 3, by: chain), from: 1)
    }
    let path = scratch.file("backup")
    async let backup = ledger.writeBackup(to: path, keyring: Self.ring())
    for number in 200..<400 as Range<UInt64> {
      _ = try await ledger.submit(.charge(number, 3, by: chain), from: 1)
    }
    let report = try await backup
    ledger.close()
    #expect(report.key == 7 && report.events >= 200 && report.events <= 400)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
    #expect(UInt64(status.st_size) == report.length)
    let copy = scratch.file("copy.db")
    let descriptor = open(copy, O_RDWR | O_CREAT | O_EXCL, 0o600)
    let found = try SealedBackup.open(
      path, keyring: try Self.ring(), into: descriptor, targetPath: copy)
    close(descriptor)
    #expect(Hex.encode(found.digest) == report.digest && found.keyID == 7)
    let again = try SQLiteLedger(path: copy, wallClock: harness.clock.now)
    defer { again.close() }
    #expect(try again.verifyLedger().faults.isEmpty)
    let audit = try again.verifyAudit()
    #expect(audit.fault == nil && audit.events == report.events)
    #expect(try again.node(chain.node)?.settled == msat(report.events * 3))
  }

  @Test func `a restore that was broken off keeps a daemon from beginning anew`() async throws {
    let harness = try Harness()
    let left = harness.path + ".restoring"
    try Data("half".utf8).write(to: URL(filePath: left))
    #expect(throws: LedgerOpenError.unfinishedRestore(path: left)) { try harness.open() }
    #expect(access(harness.path, F_OK) != 0)
    let other = try Harness()
    let ledger = try other.open()
    let backup = scratch.file("backup")
    _ = try await ledger.writeBackup(to: backup, keyring: Self.ring())
    ledger.close()
    let note = try await SQLiteLedger.restore(
      backup, to: harness.path, keyring: Self.ring(), auditKeys: [], wallClock: harness.clock.now)
    #expect(note.events == 0 && access(left, F_OK) != 0)
    let restored = try harness.open()
    defer { restored.close() }
    #expect(try restored.restoration()?.isSettled == false)
    #expect(try restored.restoration()?.since == note.since)
  }

  @Test func `without a daemon the lock is held while the copy is made, and what was left goes`()
    async throws
  {
    let harness = try Harness()
    let ledger = try harness.open()
    let left = harness.path + ".copy-0011223344556677"
    try Data("left".utf8).write(to: URL(filePath: left))
    #expect(throws: BackupError.ledger(.locked(lockPath: harness.path + ".lock"))) {
      try SQLiteLedger.writeBackup(
        of: harness.path, to: scratch.file("a"), keyring: Self.ring())
    }
    #expect(access(left, F_OK) == 0)
    ledger.close()
    let report = try SQLiteLedger.writeBackup(
      of: harness.path, to: scratch.file("a"), keyring: Self.ring())
    #expect(report.events == 0 && access(left, F_OK) != 0)
    try Data("left".utf8).write(to: URL(filePath: left))
    try harness.open().close()
    #expect(access(left, F_OK) != 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: harness.scratch.path)
    #expect(names.allSatisfy { !$0.contains(".copy-") })
  }
}
