import PurserCore
import PurserTesting
import Testing

@Suite struct PeerBindingTests {
  static let boot = "3b6f0e9d-51c2-4874-9c52-00112233aaff"

  @Test(arguments: [
    "uid=0", "uid=1001", "uid=4294967294", "gid=0", "gid=100", "pid=1@0@\(boot)",
    "pid=4194304@9007199254740991@\(boot)", "pid=2147483647@5@\(boot)", "cgroup=/",
    "cgroup=/system.slice/agents.service", "cgroup=/a=b/c:d@e", "cgroup=/...",
    "cgroup=/\(String(repeating: "a", count: 511))",
  ])
  func `a binding reads back as it is written`(text: String) throws {
    #expect(try #require(PeerBinding(text)).text == text)
    let caveat = try GrantCaveat(parsing: Array("peer=\(text)".utf8))
    #expect(caveat == .peer(try #require(PeerBinding(text))))
    #expect(caveat.text == "peer=\(text)")
  }

  @Test(arguments: [
    "", "uid", "uid=", "=", "=1", "uid=01", "uid=+1", "uid=-1", "uid= 1", "uid=1 ", "uid=1,2",
    "uid=4294967295", "uid=4294967296", "uid=99999999999999999999", "uid=root", "uid=0x1",
    "uid=\u{661}", "UID=1", "\u{75}\u{456}d=1", "gid=", "gid=4294967295", "group=1",
    "pid=", "pid=1", "pid=1@2", "pid=1@2@", "pid=1@2@\(boot)@", "pid=1@2@\(boot)@3",
    "pid=0@2@\(boot)", "pid=01@2@\(boot)", "pid=2147483648@2@\(boot)", "pid=1@02@\(boot)",
    "pid=1@9007199254740992@\(boot)", "pid=@2@\(boot)", "pid=1@@\(boot)", "pid=-1@2@\(boot)",
    "pid=1@2@3B6F0E9D-51C2-4874-9C52-00112233AAFF", "pid=1@2@3b6f0e9d51c248749c5200112233aaff",
    "pid=1@2@3b6f0e9d-51c2-4874-9c52-00112233aaf", "pid=1@2@3b6f0e9d-51c2-4874-9c52-00112233aafg",
    "cgroup=", "cgroup=a", "cgroup=a/b", "cgroup=//", "cgroup=/a/", "cgroup=/a//b", "cgroup=/.",
    "cgroup=/..", "cgroup=/a/../b", "cgroup=/a/./b", "cgroup=/a b", "cgroup=/\u{e9}",
    "cgroup=/a\n", "cgroup=/a\u{7f}", "cgroup=/\(String(repeating: "a", count: 512))",
    "uid=1\u{0}",
  ])
  func `a binding that is not exactly of the grammar is refused`(text: String) {
    #expect(PeerBinding(text) == nil)
    #expect(throws: GrantCaveatError.badValue(condition: "peer")) {
      try GrantCaveat(parsing: Array("peer=\(text)".utf8))
    }
  }

  @Test(arguments: [
    ("/", "/", true), ("/", "/a/b", true), ("/a", "/a", true), ("/a", "/a/b", true),
    ("/a", "/ab", false), ("/a", "/", false), ("/a/b", "/a", false), ("/a", "/a\u{301}", false),
    ("/a", "/a/\u{301}x", true), ("/a", "/A", false), ("/a/b", "/a/b/c/d", true),
  ])
  func `a group holds itself and what is below it`(above: String, below: String, holds: Bool) throws
  {
    let group = try #require(ControlGroup(bindingTo: above))
    #expect(group.contains(try #require(ControlGroup(reported: below))) == holds)
  }

  @Test func `bindings contradict exactly when no process fits them all`() {
    let world = PeerWorld()
    for seed in UInt64(1)...400 {
      var random = SeededGenerator(seed: seed)
      let bindings = (0..<Int.random(in: 0...5, using: &random)).map { _ in
        world.binding(&random)
      }
      // The world has a process for each combination of what bindings can name.
      let isPossible = world.peers.contains { world.fits($0, bindings) }
      let contradiction = PeerBinding.contradiction(in: bindings)
      #expect((contradiction == nil) == isPossible, "seed \(seed): \(bindings.map(\.text))")
      if let (first, second) = contradiction {
        #expect(!world.peers.contains { world.fits($0, [first, second]) }, "seed \(seed)")
      }
    }
  }

  @Test func `authority never grows along a chain, and is what all bindings together allow`() throws
  {
    let (world, maker) = (PeerWorld(), GrantMaker())
    for seed in UInt64(1)...300 {
      var random = SeededGenerator(seed: seed)
      var token = maker.top(random.id())
      var stated: [PeerBinding] = []
      var allowed = Set(world.peers.indices)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let opens = random.once(in: 2)
        let more = (0..<Int.random(in: 0...2, using: &random)).map { _ in world.binding(&random) }
        token = try token.attenuated(
          with: (opens ? [.grant(random.bytes(16))] : []) + more.map(GrantCaveat.peer))
        stated += more
        let chain = maker.chain(token)
        #expect(chain.bindings == stated, "seed \(seed)")
        let now = Set(
          world.peers.indices.filter {
            world.peers[$0].refusal(of: chain.bindings, check: .strong) == nil
          })
        #expect(now.isSubset(of: allowed), "seed \(seed)")
        #expect(now == Set(world.peers.indices.filter { world.fits(world.peers[$0], stated) }))
        allowed = now
      }
    }
  }
}

/// A few of everything that a binding can name, and a process for each combination.
private struct PeerWorld {
  let peers: [PeerIdentity]
  private let bindings: [PeerBinding]

  init() {
    let stamps = ["7@5@", "7@6@", "8@5@"].compactMap {
      ProcessStamp($0 + PeerBindingTests.boot)
    }
    let paths = ["/", "/a", "/a/b", "/a/bb", "/c"]
    let groups = paths.compactMap { ControlGroup(bindingTo: $0) }
    var peers: [PeerIdentity] = []
    for user in UInt32(1)...2 {
      for main in UInt32(1)...2 {
        for stamp in stamps {
          for group in groups {
            let process = PeerProcess(
              processID: stamp.processID, userID: user, groupID: main)
            peers.append(
              PeerIdentity(process, stamp: stamp, cgroup: group, isVouched: true))
          }
        }
      }
    }
    self.peers = peers
    bindings =
      [.user(1), .user(2), .group(1), .group(2)] + stamps.map(PeerBinding.process)
      + groups.map(PeerBinding.cgroup)
  }

  func binding(_ random: inout SeededGenerator) -> PeerBinding {
    bindings[Int.random(in: bindings.indices, using: &random)]
  }

  /// Written for clarity, and apart from what is tested.
  func fits(_ peer: PeerIdentity, _ bindings: [PeerBinding]) -> Bool {
    bindings.allSatisfy { binding in
      switch binding {
      case .user(let id): peer.process.userID == id
      case .group(let id): peer.process.groupID == id
      case .process(let stamp): peer.stamp?.text == stamp.text
      case .cgroup(let group):
        group.path == "/" || "\(peer.cgroup?.path ?? "")/".hasPrefix("\(group.path)/")
      }
    }
  }
}
