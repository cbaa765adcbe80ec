import Glibc
import PurserCore
import Testing

@testable import PurserConfig

@Suite struct AuditKeyFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func `a new file has mode 0600, a fresh key, and reads back`() throws {
    let path = directory.path + "/audit.key"
    let made = try AuditKeyFile.create(path)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let read = try AuditKeyFile.loadOrCreate(path)
    #expect(read.all == made.all && read.signer.secretText == made.signer.secretText)
    #expect(made.signer.key.name.hasPrefix("purser-audit/"))
    #expect(throws: ConfigError.exists(path: path)) { try AuditKeyFile.create(path) }
    let other = try AuditKeyFile.loadOrCreate(directory.path + "/other.key")
    #expect(other.signer.key != made.signer.key)
  }

  @Test func `a file that others may read is refused`() throws {
    let path = try directory.file("audit.key", AuditKeyFile.header + "\n", mode: 0o640)
    #expect(throws: ConfigError.secretOpenToOthers(path: path, mode: 0o640)) {
      try AuditKeyFile.loadOrCreate(path)
    }
  }

  @Test func `public keys that signed before are kept beside the one that signs`() throws {
    let old = try AuditKeys.signer(privateKey: [UInt8](repeating: 1, count: 32))
    let new = try AuditKeys.signer(privateKey: [UInt8](repeating: 2, count: 32))
    let text = "\(AuditKeyFile.header)\n# old\n\(old.key.text)\n\n\(new.secretText)\n"
    let keys = try AuditKeyFile.parse(Array(text.utf8), path: "k")
    #expect(keys.signer.key == new.key && keys.retired == [old.key])
  }

  private static let secret =
    (try? AuditKeys.signer(privateKey: [UInt8](repeating: 1, count: 32)))?.secretText ?? ""
  static let bad: [(String, Int, AuditKeyFileFault)] = [
    ("", 1, .notAKeyFile), ("purser-key-v1\n", 1, .notAKeyFile),
    ("\(AuditKeyFile.header)\n", 2, .noSigner),
    ("\(AuditKeyFile.header)\nnonsense\n", 2, .notAKey),
    ("\(AuditKeyFile.header)\n\(secret)\n\(secret)\n", 3, .secondSigner),
    ("\(AuditKeyFile.header)\n\(secret.dropLast(2))\n", 2, .notAKey),
  ]

  @Test(arguments: bad)
  func `what is wrong is named with its line and never shown`(
    text: String, line: Int, fault: AuditKeyFileFault
  ) {
    let error = ConfigError.auditKeyFile(path: "k", line: line, fault: fault)
    #expect(throws: error) { try AuditKeyFile.parse(Array(text.utf8), path: "k") }
    #expect(error.description.hasPrefix("k:\(line): "))
  }
}
