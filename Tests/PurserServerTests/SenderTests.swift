import PurserCore
import Testing

@testable import PurserServer

@Suite struct SenderTests {
  @Test func `a request is its process's only when all of its bytes are`() {
    let one = Sender.other(PeerProcess(processID: 1, userID: 0, groupID: 0))
    let two = Sender.other(PeerProcess(processID: 2, userID: 0, groupID: 0))
    #expect(Sender.peer.joined(with: .peer) == .peer)
    for (first, next, whole) in [
      (Sender.peer, .unknown, Sender.unknown), (.unknown, .peer, .unknown),
      (.unknown, .unknown, .unknown), (.peer, one, one), (one, .peer, one),
      (one, .unknown, one), (.unknown, one, one), (one, two, one),
    ] {
      #expect(first.joined(with: next) == whole)
    }
  }
}
