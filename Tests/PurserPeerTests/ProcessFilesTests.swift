import Foundation
import Glibc
import PurserCore
import PurserPeer
import Testing

@Suite struct ProcessFilesTests {
  @Test func `the real files of this process are read`() throws {
    let files = ProcessFiles()
    let own = try #require(files.stamp(of: getpid()))
    #expect(own.processID == getpid())
    #expect(files.stamp(of: getpid()) == own)
    let first = try #require(files.startTicks(of: 1))
    #expect(first <= own.startTicks)
    let text = try Data(contentsOf: URL(filePath: "/proc/self/cgroup"))
    #expect(files.controlGroup(of: getpid()) == ProcessText.controlGroup(in: Array(text)))
    #expect(files.controlGroup(of: getpid()) != nil)
  }

  @Test func `a process that is not there has no stamp`() {
    let files = ProcessFiles()
    for number: Int32 in [0, -1, .max] {
      #expect(files.stamp(of: number) == nil)
      #expect(files.controlGroup(of: number) == nil)
    }
  }

  @Test func `injected files are read, and one that is too long is not`() throws {
    let root = "/tmp/pp-\(UUID().uuidString.prefix(8))"
    defer { try? FileManager.default.removeItem(atPath: root) }
    for directory in ["/7", "/8", "/sys/kernel/random"] {
      try FileManager.default.createDirectory(
        atPath: root + directory, withIntermediateDirectories: true)
    }
    let id = "3b6f0e9d-51c2-4874-9c52-00112233aaff"
    try "7 (a) b) \(ProcessTextTests.fields)\n".write(
      toFile: root + "/7/stat", atomically: false, encoding: .utf8)
    try "0::/agents/a\n".write(toFile: root + "/7/cgroup", atomically: false, encoding: .utf8)
    try (id + "\n").write(
      toFile: root + "/sys/kernel/random/boot_id", atomically: false, encoding: .utf8)
    try ("0::/" + String(repeating: "a", count: 70_000)).write(
      toFile: root + "/8/cgroup", atomically: false, encoding: .utf8)
    let files = ProcessFiles(root: root)
    #expect(files.stamp(of: 7)?.text == "7@987654@\(id)")
    #expect(files.controlGroup(of: 7)?.path == "/agents/a")
    #expect(files.stamp(of: 8) == nil)
    #expect(files.controlGroup(of: 8) == nil)
  }
}
