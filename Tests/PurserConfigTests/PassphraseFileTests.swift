import Glibc
import PurserCore
import Testing

@testable import PurserConfig

@Suite struct PassphraseFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func `a new file has mode 0600 and reads back`() throws {
    let path = directory.path + "/operators.passphrase"
    let made = try #require(OperatorPassphrase([1, 2], salt: [UInt8](repeating: 3, count: 16)))
    try PassphraseFile.create(path, made)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(try PassphraseFile.load(path) == made)
    #expect(throws: ConfigError.exists(path: path)) { try PassphraseFile.create(path, made) }
    #expect(chmod(path, 0o644) == 0)
    #expect(throws: ConfigError.secretOpenToOthers(path: path, mode: 0o644)) {
      try PassphraseFile.load(path)
    }
  }

  @Test(arguments: ["", "purser-passphrase-v1\n", "purser-passphrase-v2\nx\n", "a\nb\nc"])
  func `a file of another form is refused, with what makes one`(text: String) throws {
    let path = try directory.file("p", text, mode: 0o600)
    #expect(throws: ConfigError.passphraseFile(path: path)) { try PassphraseFile.load(path) }
    #expect(ConfigError.passphraseFile(path: path).description.contains("purser passphrase"))
  }
}
