import PurserCore
import Testing

@Suite struct PeerIdentityTests {
  private static let process = PeerProcess(processID: 7, userID: 1001, groupID: 100)
  private static let stamp = "7@500@\(PeerBindingTests.boot)"

  private func peer(
    stamp: String? = stamp, cgroup: String? = "/agents/a", isVouched: Bool = true
  ) -> PeerIdentity {
    PeerIdentity(
      Self.process, stamp: stamp.flatMap { ProcessStamp($0) },
      cgroup: cgroup.flatMap { ControlGroup(reported: $0) }, isVouched: isVouched)
  }

  private func explanation(
    _ peer: PeerIdentity, _ texts: [String], _ check: PeerCheck = .strong
  ) -> String? {
    guard let refusal = peer.refusal(of: texts.compactMap { PeerBinding($0) }, check: check) else {
      return nil
    }
    guard case .forbidden(let rule, let explanation) = refusal else { return "\(refusal)" }
    #expect(rule == "caveat:peer")
    return explanation
  }

  @Test func `all bindings hold at once`() {
    let all = ["uid=1001", "gid=100", "pid=\(Self.stamp)", "cgroup=/agents"]
    #expect(explanation(peer(), all) == nil)
    #expect(explanation(peer(), []) == nil)
    for wrong in ["uid=1002", "gid=101", "pid=8@500@\(PeerBindingTests.boot)", "cgroup=/other"] {
      #expect(explanation(peer(), all + [wrong])?.contains(wrong) == true)
      #expect(explanation(peer(), [wrong] + all)?.contains(wrong) == true)
    }
  }

  @Test(arguments: [
    ("uid=0", "uid=1001"), ("gid=0", "gid=100"),
    ("pid=7@501@\(PeerBindingTests.boot)", "pid=\(stamp)"),
    ("pid=7@500@00000000-0000-0000-0000-000000000000", "pid=\(stamp)"),
    ("cgroup=/agents/a/b", "cgroup=/agents/a"),
  ])
  func `a refusal names the binding and what the process is`(binding: String, found: String) {
    let text = explanation(peer(), [binding])
    #expect(text?.contains("bound to \(binding),") == true)
    #expect(text?.contains(found) == true)
    // No policy accepts a process that is another.
    #expect(explanation(peer(), [binding], .weak) == text)
  }

  @Test func `what is not known does not fit, whatever the policy accepts`() {
    for check in PeerCheck.allCases {
      #expect(explanation(peer(stamp: nil), ["pid=\(Self.stamp)"], check) != nil)
      #expect(explanation(peer(cgroup: nil), ["cgroup=/"], check) != nil)
      // It does not matter for the bindings that need none of it.
      let bare = peer(stamp: nil, cgroup: nil, isVouched: false)
      #expect(explanation(bare, ["uid=1001", "gid=100"], check) == nil)
    }
  }

  @Test func `a process that has no number here is one of many`() {
    let unseen = PeerIdentity(PeerProcess(processID: 0, userID: 1001, groupID: 100))
    #expect(explanation(unseen, ["uid=1001"], .strong)?.contains("pid namespace") == true)
    #expect(explanation(unseen, ["uid=1001", "gid=100"], .weak) == nil)
    #expect(explanation(unseen, ["uid=1001", "cgroup=/"], .weak) != nil)
    #expect(explanation(unseen, [], .strong) == nil)
  }

  @Test func `without the kernel's word it takes a policy that accepts less`() {
    let unvouched = peer(isVouched: false)
    for binding in ["pid=\(Self.stamp)", "cgroup=/agents"] {
      #expect(explanation(unvouched, [binding], .strong)?.contains("peer_check") == true)
      #expect(explanation(unvouched, [binding], .weak) == nil)
    }
    #expect(explanation(unvouched, ["uid=1001"], .strong) == nil)
  }
}
