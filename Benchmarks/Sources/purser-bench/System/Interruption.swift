internal import Dispatch
internal import Glibc
internal import Synchronization

/// Lets the bench end in order when somebody interrupts it: with everything stopped and removed.
final class Interruption {
  private static let hasCome = Atomic(false)
  private let sources: [any DispatchSourceSignal]

  /// At the first signal, what the bench waits for is killed, so that it goes on to its end.
  init() {
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        guard !Self.hasCome.exchange(true, ordering: .relaxed) else { return }
        Child.killServers()
      }
      source.resume()
      return source
    }
  }

  /// Ends what is going on, once somebody has interrupted it.
  static func check() throws(BenchError) {
    try require(!hasCome.load(ordering: .relaxed), "interrupted")
  }
}
