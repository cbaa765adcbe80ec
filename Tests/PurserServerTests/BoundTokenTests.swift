import Foundation
import Glibc
import NIOPosix
import PurserAPI
import PurserCore
import PurserPeer
import PurserTesting
import Testing

@testable import PurserServer

@Suite struct BoundTokenTests {
  private static let own = PeerBinding.user(geteuid())

  private static func get(_ token: GrantToken) -> String {
    #"{"jsonrpc":"2.0","id":1,"method":"grant.get","params":{"token":"\#(token.text)"}}"# + "\n"
  }

  private static func charge(_ token: GrantToken) -> String {
    SpendLine.request("charge", #""amount_msat":1"#, token: token) + "\n"
  }

  /// Files as `/proc` would have them for this process, in this control group.
  private static func files(_ scratch: Scratch, cgroup: String) throws -> ProcessFiles {
    let manager = FileManager.default
    for name in ["\(getpid())", "sys/kernel/random"] {
      try manager.createDirectory(
        atPath: scratch.file("proc/\(name)"), withIntermediateDirectories: true)
    }
    for name in ["\(getpid())/stat", "sys/kernel/random/boot_id"] {
      let text = try String(contentsOfFile: "/proc/\(name)", encoding: .utf8)
      try text.write(toFile: scratch.file("proc/\(name)"), atomically: true, encoding: .utf8)
    }
    try cgroup.write(
      toFile: scratch.file("proc/\(getpid())/cgroup"), atomically: true, encoding: .utf8)
    return ProcessFiles(root: scratch.file("proc"))
  }

  @Test func `a token that fits its process is served on both ways, in a session too`()
    async throws
  {
    let daemon = try TestDaemon()
    let own = try #require(ProcessFiles().stamp(of: getpid()))
    let cgroup = try #require(ProcessFiles().controlGroup(of: getpid()))
    let bindings: [GrantCaveat] = [
      .peer(Self.own), .peer(.group(getegid())), .peer(.process(own)), .peer(.cgroup(cgroup)),
    ]
    let tokens =
      bindings.map { daemon.top($0) } + [daemon.maker.top(node(7), bindings)]
    try await daemon.serving { _ in
      let path = daemon.agentsPath
      for token in tokens {
        let lines = [
          Self.charge(token), Self.charge(token), Self.get(token), Self.charge(token),
          #"{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"token":"\#(token.text)"}}"#,
          SpendLine.request("charge", #""amount_msat":1"#),
        ].map(\.trimmed)
        let answers = try await SpendLine.answers(daemon, lines)
        #expect(answers.allSatisfy { $0.contains("\"result\"") }, "\(answers)")
        // All at once, too.
        let together = try await blocking {
          let client = try RawClient(path)
          client.send(lines.map { $0 + "\n" }.joined())
          return client.lines(6)
        }
        #expect(together.count == 6)
      }
    }
  }

  @Test func `a token that does not fit is refused on both ways, and audited`() async throws {
    let daemon = try TestDaemon()
    let wrong = daemon.top(.peer(Self.own), .peer(.user(geteuid() + 1)))
    try await daemon.serving { _ in
      let answers = try await SpendLine.answers(
        daemon, [Self.charge(wrong), Self.get(wrong), Self.charge(wrong)].map(\.trimmed))
      for answer in answers {
        #expect(answer.contains("\"rule\":\"caveat:peer\""), "\(answer)")
        #expect(answer.contains("bound to uid=\(geteuid() + 1),"))
        #expect(answer.contains("has uid=\(geteuid())"))
      }
    }
    await daemon.refusals.flush(isLast: true)
    #expect(try daemon.actions() == ["refused", "refused"])
    #expect(try daemon.counters(wrong).settled == 0)
  }

  @Test func `a connection that showed a free token is looked at from the next request on`()
    async throws
  {
    let daemon = try TestDaemon()
    let (free, bound) = (daemon.top(), daemon.top(.peer(Self.own), id: 2))
    try await daemon.serving { _ in
      for request in [Self.get, Self.charge] {
        let answers = try await SpendLine.answers(
          daemon,
          [free, free, bound, bound, free, bound].map { request($0).trimmed })
        let isGood = answers.map { $0.contains("\"result\"") }
        #expect(isGood == [true, true, false, true, true, true], "\(answers)")
        #expect(answers[2].contains("\"reason\":\"conflict\""))
      }
    }
  }

  @Test func `a process that leaves its control group loses the token`() async throws {
    let daemon = try TestDaemon()
    let group = try #require(ControlGroup(bindingTo: "/agents"))
    let token = daemon.top(.peer(.cgroup(group)))
    let files = try Self.files(daemon.scratch, cgroup: "0::/agents/a\n")
    let server = SocketServer(
      requests: daemon.handler,
      settings: SocketSettings(
        agentsPath: daemon.agentsPath, operatorsPath: daemon.operatorsPath, operatorUserIDs: []),
      group: MultiThreadedEventLoopGroup.singleton, log: quietLog, bounds: ConnectionBounds(),
      processFiles: files)
    try await server.start()
    let (path, cgroup) = (daemon.agentsPath, daemon.scratch.file("proc/\(getpid())/cgroup"))
    let answers = try await blocking {
      let client = try RawClient(path)
      var answers: [String] = []
      for place in ["0::/agents/a\n", "0::/agentsx\n", "0::/../agents\n", "0::/agents\n", ""] {
        try place.write(toFile: cgroup, atomically: true, encoding: .utf8)
        client.send(Self.get(token))
        answers += client.lines(1)
      }
      return answers
    }
    await server.stop()
    #expect(answers.map { $0.contains("\"result\"") } == [true, false, false, true, false])
    #expect(answers[1].contains("cgroup=/agentsx"))
  }

  @Test func `a kernel that vouches for nobody takes a policy that accepts less`() async throws {
    for check in PeerCheck.allCases {
      let daemon = try TestDaemon { $0.peerCheck = check }
      let files = try Self.files(daemon.scratch, cgroup: "0::/agents/a\n")
      let own = try #require(files.stamp(of: getpid()))
      let group = try #require(ControlGroup(bindingTo: "/agents"))
      let peer = PeerProcess(processID: getpid(), userID: 1000, groupID: 1000)
      let session = Session(
        peer: peer, isOperatorSocket: false,
        evidence: PeerEvidence(of: peer, files: files) { .unsupported })
      for binding in [PeerBinding.process(own), .cgroup(group)] {
        let line = Array(Self.get(daemon.top(.peer(binding))).trimmed.utf8)
        let answer = await daemon.handler.answer(line, in: session, from: .peer) ?? []
        let isGood = String(decoding: answer, as: UTF8.self).contains("\"result\"")
        #expect(isGood == (check == .weak))
      }
      // Nor does such a policy make up for what is not shown.
      let blind = Session(
        peer: peer, isOperatorSocket: false,
        evidence: PeerEvidence(of: peer, files: ProcessFiles(root: "/nonexistent")) {
          .unsupported
        })
      let line = Array(Self.get(daemon.top(.peer(.process(own)))).trimmed.utf8)
      let answer = await daemon.handler.answer(line, in: blind, from: .peer) ?? []
      #expect(String(decoding: answer, as: UTF8.self).contains("caveat:peer"))
    }
  }

  @Test func `a process that has ended is nobody`() async throws {
    let daemon = try TestDaemon()
    let own = try #require(ProcessFiles().stamp(of: getpid()))
    let peer = PeerProcess(processID: getpid(), userID: 1000, groupID: 1000)
    let session = Session(
      peer: peer, isOperatorSocket: false,
      evidence: PeerEvidence(of: peer, files: ProcessFiles()) { .gone })
    let line = Array(Self.get(daemon.top(.peer(.process(own)))).trimmed.utf8)
    let answer = await daemon.handler.answer(line, in: session, from: .peer) ?? []
    #expect(String(decoding: answer, as: UTF8.self).contains("it has ended"))
  }

  @Test func `a request that nobody looked at is not taken for the peer's`() async throws {
    let daemon = try TestDaemon()
    let session = daemon.session()
    let line = Array(Self.get(daemon.top(.peer(.user(1000)))).trimmed.utf8)
    for (sender, word) in [
      (Sender.peer, "\"result\""), (.unknown, "conflict"),
      (.other(PeerProcess(processID: 43, userID: 1000, groupID: 1000)), "caveat:peer"),
    ] {
      let answer = await daemon.handler.answer(line, in: session, from: sender) ?? []
      #expect(String(decoding: answer, as: UTF8.self).contains(word))
    }
    #expect(session.isMisused)
  }
}
