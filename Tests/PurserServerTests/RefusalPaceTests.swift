import NIOCore
import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

/// Who is refused too often waits; nobody else does, and nothing is lost.
@Suite struct RefusalPaceTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  @Test func `so many refusals are free, and from then on each takes its time`() {
    let pace = RefusalPace()
    for _ in 0..<pace.free { #expect(pace.note(1, at: start) <= start) }
    for count in 1...100 as ClosedRange<Int64> {
      #expect(pace.note(1, at: start) == start + pace.each * count)
    }
    // Another process has its own.
    #expect(pace.note(2, at: start) <= start)
    // What was waited for is paid, and what is free comes back with time.
    let later = start + pace.each * 100
    #expect(pace.note(1, at: later) == later + pace.each)
    let muchLater = later + pace.each * (pace.free + 1)
    #expect(pace.note(1, at: muchLater) <= muchLater)
  }

  @Test func `nobody waits longer than the longest wait`() {
    let pace = RefusalPace()
    var last = start
    for _ in 0..<100_000 { last = pace.note(1, at: start) }
    #expect(last == start + pace.longest)
  }

  @Test func `processes that come and go leave nothing behind`() {
    let pace = RefusalPace()
    for process in 0..<100_000 as Range<UInt64> {
      _ = pace.note(process, at: start + pace.each * Int64(process))
    }
    #expect(pace.kept <= 1025)
  }

  @Test func `every kind of refusal counts, and nothing that is done does`() async throws {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(1000)))
    func pauses(_ line: String) async -> Bool {
      let session = Session(
        peer: PeerProcess(processID: 7, userID: 1, groupID: 1), isOperatorSocket: false,
        pace: RefusalPace(each: .hours(1), free: 3, longest: .hours(100)))
      for _ in 0..<4 { _ = await daemon.handler.answer(Array(line.utf8), in: session) }
      return session.pause != nil
    }
    func request(_ method: String, _ parameters: String) -> String {
      #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(parameters)}}"#
    }
    let shown = #""token":"\#(token.text)""#
    // A forgery, no token, no method, no parameters, no request and no JSON; a limit.
    for line in [
      request("spend.charge", #""amount_msat":1,"token":"purser1_AA""#),
      request("spend.charge", #""amount_msat":1"#), request("vault.list", shown),
      request("spend.charge", shown), "{}", "nonsense",
      request("spend.charge", #""amount_msat":1001,\#(shown)"#),
    ] {
      #expect(await pauses(line), "\(line)")
    }
    #expect(await !pauses(request("system.info", shown)))
    #expect(await !pauses(request("spend.charge", #""amount_msat":1,\#(shown)"#)))
  }

  @Test func `a connection that is refused too often gets all its answers, and one beside it too`()
    async throws
  {
    let daemon = try TestDaemon()
    let token = daemon.top(.spend(msat(1000)))
    let path = daemon.agentsPath
    let bad = #"{"jsonrpc":"2.0","id":1,"method":"spend.charge","params":{"amount_msat":1}}"#
    let good =
      #"{"jsonrpc":"2.0","id":2,"method":"spend.quote","params":{"amount_msat":1,"#
      + #""token":"\#(token.text)"}}"#
    try await daemon.serving { _ in
      let (refused, answered) = try await blocking {
        let hostile = try RawClient(path)
        let other = try RawClient(path)
        var counts = (refused: 0, answered: 0)
        for _ in 0..<20 {
          for _ in 0..<32 { hostile.send(bad + "\n") }
          other.send(good + "\n")
          counts.refused += hostile.lines(32).count { $0.contains("unauthenticated") }
          counts.answered += other.lines(1).count { $0.contains(#""passes":true"#) }
        }
        return counts
      }
      #expect(refused == 640 && answered == 20)
    }
  }
}
