import PurserCore
import PurserPeer
import Testing

@Suite struct ProcessTextTests {
  /// The fields after the name, as the kernel writes them, with 987654 as the start.
  static let fields =
    "S 1 4242 4242 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 987654 8192 100 18446744073709551615"

  @Test(arguments: [
    "cat", "a b", "a)", ")", "((", ") S 1 2 3", "a) R 0 0 0 0 0", "\n", "a\n1 (b", "",
    "\u{fffd}é",
  ])
  func `the start is found whatever name a program gives itself`(name: String) {
    let text = Array("4242 (\(name)) \(Self.fields) 1 1\n".utf8)
    #expect(ProcessText.startTicks(inStat: text) == 987_654)
  }

  @Test(arguments: [
    "", "4242", "4242 cat S 1 2", "4242 (cat", "4242 (cat) S 1 2 3", "4242 (cat)",
    "1 (a) S 1 4242 4242 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 -5 8192 100",
    "1 (a) S 1 4242 4242 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 x 8192 100",
    "1 (a) S 1 4242 4242 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 99999999999999999999 8192 100",
  ])
  func `a status line that is none has no start`(text: String) {
    #expect(ProcessText.startTicks(inStat: Array(text.utf8)) == nil)
  }

  @Test(arguments: [
    ("0::/user.slice/session-3.scope\n", "/user.slice/session-3.scope"),
    ("0::/\n", "/"),
    ("0::/", "/"),
    // A container, seen from the host.
    ("0::/system.slice/docker-3b6f.scope\n", "/system.slice/docker-3b6f.scope"),
    // A colon in a name belongs to the path.
    ("0::/a:b/c\n", "/a:b/c"),
    ("0::/with space/é\n", "/with space/é"),
    // Hybrid: the hierarchy of version 2 counts, wherever it stands.
    (
      "9:name=systemd:/user.slice\n4:memory:/elsewhere\n0::/agents/a\n", "/agents/a"
    ),
    ("0::/agents/a\n9:name=systemd:/user.slice\n", "/agents/a"),
    // Version 1 alone.
    (
      "5:cpu,cpuacct:/\n4:memory:/docker/1\n1:name=systemd:/system.slice/a.service\n",
      "/system.slice/a.service"
    ),
    ("3:cpu,cpuacct:/docker/77\n2:memory:/docker/77\n", "/docker/77"),
  ])
  func `the control group is the one that counts in each form`(text: String, path: String) {
    #expect(ProcessText.controlGroup(in: Array(text.utf8))?.path == path)
  }

  @Test(arguments: [
    "", "\n", "0:/a\n", "nonsense\n", "0::a\n", "0::\n", "1::/a\n",
    // Out of the daemon's own namespace, or removed.
    "0::/../other\n", "0::/..\n", "0::/a/../b\n", "0::/a (deleted)\n",
    "0::/a//b\n", "0::/a/\n", "0::/a/./b\n",
    // Controllers that do not agree, with nothing above them.
    "3:cpu:/a\n2:memory:/b\n",
    // A line that is none makes the rest doubtful.
    "x\n0::/a\n",
  ])
  func `a control group in doubt is none`(text: String) {
    #expect(ProcessText.controlGroup(in: Array(text.utf8)) == nil)
  }

  @Test func `a control group in bytes that are no text is none`() {
    #expect(ProcessText.controlGroup(in: Array("0::/a".utf8) + [0xff]) == nil)
  }

  @Test func `a boot has its id with and without a line feed`() {
    let id = "3b6f0e9d-51c2-4874-9c52-00112233aaff"
    #expect(ProcessText.bootID(in: Array((id + "\n").utf8))?.text == id)
    #expect(ProcessText.bootID(in: Array(id.utf8))?.text == id)
    for text in ["", "\n", id + "\n\n", id + " ", id.uppercased(), String(id.dropLast())] {
      #expect(ProcessText.bootID(in: Array(text.utf8)) == nil)
    }
  }
}
