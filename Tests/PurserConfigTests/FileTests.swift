import Glibc
import PurserConfig
import PurserCore
import Testing

@Suite struct FileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  // MARK: Secrets

  @Test(arguments: [0o600, 0o400, 0o700] as [mode_t])
  func `a secret that nobody else may open is read`(mode: mode_t) throws {
    let path = try directory.file("key", "abc\n", mode: mode)
    #expect(try SecretFile.read(path) == Array("abc\n".utf8))
    #expect(try SecretFile.readLine(path) == "abc")
  }

  @Test(arguments: [0o640, 0o604, 0o660, 0o620, 0o610, 0o601, 0o777] as [mode_t])
  func `a secret that others may open is refused with the command that mends it`(
    mode: mode_t
  ) throws {
    let path = try directory.file("my key", "abc", mode: mode)
    let octal = "0" + String(mode, radix: 8)
    #expect(
      complaint { () throws(ConfigError) in _ = try SecretFile.read(path) } == [
        "\(path) is a secret that others may open (mode \(octal)); run: chmod 600 '\(path)'"
      ])
    #expect(chmod(path, 0o600) == 0)
    #expect(try SecretFile.read(path) == Array("abc".utf8))
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func `a secret of another user is refused`() throws {
    let path = try directory.file("key", "abc")
    #expect(chown(path, 12_345, 12_345) == 0)
    #expect(throws: ConfigError.secretOfAnotherUser(path: path, owner: 12_345)) {
      try SecretFile.read(path)
    }
  }

  @Test func `what is no regular file, missing or too large is refused`() throws {
    #expect(throws: ConfigError.notRegularFile(path: directory.path)) {
      try SecretFile.read(directory.path)
    }
    let pipe = directory.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: ConfigError.notRegularFile(path: pipe)) { try SecretFile.read(pipe) }
    let missing = directory.path + "/missing"
    #expect(throws: ConfigError.unreadable(path: missing, code: ENOENT)) {
      try SecretFile.read(missing)
    }
    #expect(
      complaint { () throws(ConfigError) in _ = try SecretFile.read(missing) } == [
        "cannot read \(missing): No such file or directory"
      ])
    let large = [UInt8](repeating: 0x61, count: SecretFile.maximumLength + 1)
    let path = try directory.file("large", bytes: large)
    #expect(throws: ConfigError.tooLarge(path: path, maximum: SecretFile.maximumLength)) {
      try SecretFile.read(path)
    }
    let fits = try directory.file("fits", bytes: large.dropLast())
    #expect(try SecretFile.read(fits).count == SecretFile.maximumLength)
  }

  @Test(arguments: ["", "\n", "a b", "a\nb", "a\n\n", "é", "a\0", " a"])
  func `a secret of one line is one word`(text: String) throws {
    let path = try directory.file("key", text)
    #expect(throws: ConfigError.notOneLine(path: path)) { try SecretFile.readLine(path) }
  }

  // MARK: YAML files

  @Test func `a policy that others may change is refused`() throws {
    let path = try directory.file("policy.yaml", "version: 1\n", mode: 0o644)
    #expect(try PolicyFile.load(path) == Policy())
    for mode in [0o664, 0o646] as [mode_t] {
      #expect(chmod(path, mode) == 0)
      #expect(
        complaint { () throws(ConfigError) in _ = try PolicyFile.load(path) } == [
          "others may change \(path) (mode 0\(String(mode, radix: 8))); run: chmod go-w \(path)"
        ])
    }
  }

  @Test func `a file that is no UTF-8 or over 1 MiB is refused`() throws {
    let binary = try directory.file("binary", bytes: [0x76, 0xff, 0xfe])
    #expect(throws: ConfigError.notUTF8(path: binary)) { try PolicyFile.load(binary) }
    let text = "version: 1\n#" + String(repeating: "x", count: (1 << 20) - 12)
    let fits = try directory.file("fits", text)
    #expect(try PolicyFile.load(fits) == Policy())
    let large = try directory.file("large", text + "x")
    #expect(throws: ConfigError.tooLarge(path: large, maximum: 1 << 20)) {
      try PolicyFile.load(large)
    }
  }

  // MARK: Key files

  @Test func `a fresh key file has one random key that only its owner may read`() throws {
    let path = directory.path + "/purser.key"
    let made = try KeyFile.create(path)
    let read = try KeyFile.load(path)
    var status = stat()
    #expect(lstat(path, &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o600)
    #expect(made.currentKeyID == 1 && read.currentKeyID == 1)
    let derived = [made, read].map { $0.derivedKey(keyID: 1, label: "test", context: []) }
    #expect(derived[0] != nil && derived[0] == derived[1])
    let other = try KeyFile.create(directory.path + "/other.key")
    #expect(other.derivedKey(keyID: 1, label: "test", context: []) != derived[0])
  }

  @Test func `nothing that exists is overwritten by a key file`() throws {
    let path = try directory.file("purser.key", "precious")
    #expect(throws: ConfigError.exists(path: path)) { try KeyFile.create(path) }
    #expect(try SecretFile.readLine(path) == "precious")
    let link = directory.path + "/link"
    #expect(symlink(directory.path + "/nowhere", link) == 0)
    #expect(throws: ConfigError.exists(path: link)) { try KeyFile.create(link) }
    let nowhere = directory.path + "/no/such/directory"
    #expect(throws: ConfigError.unwritable(path: nowhere, code: ENOENT)) {
      try KeyFile.create(nowhere)
    }
  }

  private static let first = String(repeating: "0a", count: 32)
  private static let second = String(repeating: "0B", count: 32)

  @Test func `a key file may hold several keys, one of them current`() throws {
    let path = try directory.file(
      "keys", "purser-key-v1\n# old\n1 \(Self.first)\n\n18446744073709551615 \(Self.second) current"
    )
    let keyring = try KeyFile.load(path)
    #expect(keyring.currentKeyID == .max)
    let same = Keyring(
      keys: [1: [UInt8](repeating: 10, count: 32), .max: [UInt8](repeating: 11, count: 32)],
      currentKeyID: .max)
    for number: UInt64 in [1, .max] {
      #expect(
        keyring.derivedKey(keyID: number, label: "test", context: [])
          == same?.derivedKey(keyID: number, label: "test", context: []))
    }
  }

  @Test(
    arguments: [
      ("", 1, .notAKeyFile), ("purser-key-v2\n1 \(first) current", 1, .notAKeyFile),
      ("purser-key-v1", 1, .noCurrent), ("purser-key-v1\n1 \(first)\n", 3, .noCurrent),
      ("purser-key-v1\n1 \(first) currant", 2, .notAKey),
      ("purser-key-v1\n1 \(first) current x", 2, .notAKey),
      ("purser-key-v1\n1 \(first.dropLast(2)) current", 2, .notAKey),
      ("purser-key-v1\n1 \(first)00 current", 2, .notAKey),
      ("purser-key-v1\n1 \(first.dropLast())g current", 2, .notAKey),
      ("purser-key-v1\n01 \(first) current", 2, .notAKey),
      ("purser-key-v1\n-1 \(first) current", 2, .notAKey),
      ("purser-key-v1\n18446744073709551616 \(first) current", 2, .notAKey),
      ("purser-key-v1\n1\t\(first) current", 2, .notAKey),
      ("purser-key-v1\n1 \(first) current\r\n", 2, .notAKey),
      ("purser-key-v1\n1 \(first) current\n1 \(second)", 3, .repeatedNumber(1)),
      ("purser-key-v1\n1 \(first) current\n\n2 \(second) current", 4, .secondCurrent),
      (
        "purser-key-v1\n" + (0...64).map { "\($0) \(first)\n" }.joined(), 66, .tooManyKeys
      ),
    ] as [(String, Int, KeyFileFault)])
  func `a key file that is not right is refused by line, and the key is not told`(
    text: String, line: Int, fault: KeyFileFault
  ) throws {
    let path = try directory.file("keys", text)
    #expect(throws: ConfigError.keyFile(path: path, line: line, fault: fault)) {
      try KeyFile.load(path)
    }
    let said = complaint { () throws(ConfigError) in _ = try KeyFile.load(path) }
    #expect(said.count == 1)
    #expect(said.first?.contains("0a0a") == false)
  }
}
