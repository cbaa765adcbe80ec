import Glibc
import PurserCore
import Testing

@testable import PurserConfig

/// Rotating and retiring in the key file.
@Suite struct KeyFileEditorTests {
  private let directory: TemporaryDirectory
  private static let first = String(repeating: "0a", count: 32)
  private static let second = String(repeating: "0b", count: 32)

  init() throws { directory = try TemporaryDirectory() }

  private func text(of path: String) throws -> String {
    String(decoding: try SecretFile.read(path), as: UTF8.self)
  }

  private func names() -> [String] {
    ["keys", "keys.new", "keys.lock"].filter { access("\(directory.path)/\($0)", F_OK) == 0 }
  }

  @Test func `a rotation adds a fresh key that is current, and changes nothing else`() throws {
    let path = try directory.file(
      "keys", "purser-key-v1\n# mine\n7 \(Self.first)  current\n\n# end\n3 \(Self.second) made=5\n")
    let editor = try KeyFileEditor(path)
    #expect(try editor.rotate(now: 1_800_000_000) == 8)
    let lines = try text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.prefix(6) == [
        "purser-key-v1", "# mine", "7 \(Self.first)", "", "# end", "3 \(Self.second) made=5",
      ])
    #expect(lines.count == 8 && lines.last == "")
    #expect(lines[6].hasPrefix("8 ") && lines[6].hasSuffix(" made=1800000000 current"))
    #expect(
      try editor.keys() == [
        .init(number: 7, isCurrent: false, madeAt: nil),
        .init(number: 3, isCurrent: false, madeAt: 5),
        .init(number: 8, isCurrent: true, madeAt: 1_800_000_000),
      ])
    let keyring = try KeyFile.load(path)
    #expect(keyring.currentKeyID == 8 && keyring.keyIDs == [3, 7, 8])
    let derived = [3, 7, 8].map { keyring.derivedKey(keyID: $0, label: "t", context: []) }
    #expect(Set(derived).count == 3)
    #expect(names() == ["keys", "keys.lock"])
  }

  @Test func `two rotations make two different keys, and a file without a last line feed is fine`()
    throws
  {
    let path = try directory.file("keys", "purser-key-v1\n1 \(Self.first) current")
    let editor = try KeyFileEditor(path)
    #expect(try (editor.rotate(now: 1), editor.rotate(now: 2)) == (2, 3))
    let lines = try text(of: path).split(separator: "\n").dropFirst()
    let keys = lines.map { $0.split(separator: " ")[1] }
    #expect(Set(keys).count == 3)
  }

  @Test func `an old key is taken out, and its bytes are nowhere in the directory`() throws {
    let path = try directory.file(
      "keys", "purser-key-v1\n1 \(Self.first)\n# two\n2 \(Self.second) current\n")
    try KeyFileEditor(path).remove(1)
    #expect(try text(of: path) == "purser-key-v1\n# two\n2 \(Self.second) current\n")
    #expect(names() == ["keys", "keys.lock"])
  }

  @Test func `what the keys do not allow is refused with what to do, and the file stays`() throws {
    let path = try directory.file(
      "keys", "purser-key-v1\n1 \(Self.first)\n2 \(Self.second) current\n")
    let before = try text(of: path)
    let editor = try KeyFileEditor(path)
    #expect(throws: ConfigError.keyChange(path: path, fault: .isCurrent(2))) {
      try editor.remove(2)
    }
    #expect(throws: ConfigError.keyChange(path: path, fault: .noSuchKey(3))) {
      try editor.remove(3)
    }
    #expect(try text(of: path) == before)
    let said = complaint { () throws(ConfigError) in try editor.remove(2) }
    #expect(said == ["\(path): key 2 is the current one; run first: purser key rotate"])
  }

  @Test func `a full file takes no more keys, and the greatest number has none after it`() throws {
    let many = (1...KeyFile.maximumKeys).map { "\($0) \(Self.first)\($0 == 1 ? " current" : "")" }
    let full = try directory.file("full", (["purser-key-v1"] + many).joined(separator: "\n"))
    #expect(throws: ConfigError.keyChange(path: full, fault: .tooManyKeys)) {
      try KeyFileEditor(full).rotate(now: 1)
    }
    let last = try directory.file(
      "last", "purser-key-v1\n\(KeyFile.greatestNumber) \(Self.first) current\n")
    #expect(throws: ConfigError.keyChange(path: last, fault: .noNumberLeft)) {
      try KeyFileEditor(last).rotate(now: 1)
    }
  }

  @Test func `one editor at a time, and the lock goes with it`() throws {
    let path = try directory.file("keys", "purser-key-v1\n1 \(Self.first) current\n")
    do {
      let editor = try KeyFileEditor(path)
      #expect(throws: ConfigError.keyFileInUse(path: path)) { try KeyFileEditor(path) }
      #expect(try editor.keys().count == 1)
    }
    #expect(try KeyFileEditor(path).rotate(now: 1) == 2)
  }

  @Test(arguments: [0o600, 0o400, 0o700] as [mode_t])
  func `the new file has the mode of the old one`(mode: mode_t) throws {
    let path = try directory.file(
      "keys", "purser-key-v1\n1 \(Self.first) current\n", mode: mode)
    _ = try KeyFileEditor(path).rotate(now: 1)
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & 0o7777 == mode)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func `root changes another user's key file, which stays that user's`() throws {
    let path = try directory.file("keys", "purser-key-v1\n1 \(Self.first) current\n")
    #expect(chown(path, 12_345, 12_346) == 0)
    _ = try KeyFileEditor(path).rotate(now: 1)
    var status = stat()
    #expect(lstat(path, &status) == 0)
    #expect(status.st_uid == 12_345 && status.st_gid == 12_346)
    #expect(status.st_mode & 0o7777 == 0o600)
  }

  @Test func `a file that others may open is not changed`() throws {
    let path = try directory.file(
      "keys", "purser-key-v1\n1 \(Self.first) current\n", mode: 0o640)
    #expect(throws: ConfigError.secretOpenToOthers(path: path, mode: 0o640)) {
      try KeyFileEditor(path).rotate(now: 1)
    }
  }

  @Test func `what a killed command left is no obstacle, and a link is followed`() throws {
    let path = try directory.file("keys", "purser-key-v1\n1 \(Self.first) current\n")
    _ = try directory.file("keys.new", "half of a")
    let link = "\(directory.path)/link"
    #expect(symlink(path, link) == 0)
    #expect(try KeyFileEditor(link).rotate(now: 1) == 2)
    #expect(names() == ["keys", "keys.lock"])
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(try KeyFile.load(path).currentKeyID == 2)
  }

  @Test(
    arguments: [
      "1 \(first) made= current", "1 \(first) made=x current", "1 \(first) made=-1 current",
      "1 \(first) current made=1", "1 \(first) made=1 made=2 current", "1 \(first) Made=1 current",
      "1 \(first) made=18446744073709551616 current", "1 \(first) made=01 current",
    ])
  func `a time that does not read is refused`(line: String) throws {
    let path = try directory.file("keys", "purser-key-v1\n\(line)\n")
    #expect(throws: ConfigError.keyFile(path: path, line: 2, fault: .notAKey)) {
      try KeyFile.load(path)
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `whatever is rotated and retired in turn, the file has what a list says`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let path = try directory.file("keys", "purser-key-v1\n1 \(Self.first) current\n")
    let editor = try KeyFileEditor(path)
    var expected: [UInt64] = [1]
    for _ in 0..<60 {
      if Bool.random(using: &generator), expected.count < KeyFile.maximumKeys {
        expected.append(try editor.rotate(now: 9))
      } else if let number = expected.dropLast().randomElement(using: &generator) {
        try editor.remove(number)
        expected.removeAll { $0 == number }
      }
      let keyring = try KeyFile.load(path)
      #expect(keyring.keyIDs == expected, "seed \(seed)")
      #expect(keyring.currentKeyID == expected.last, "seed \(seed)")
    }
  }
}
