import Dispatch
import Foundation
import Synchronization

/// Runs `body` on a thread of its own: what blocks there holds up no other test.
func onThread<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    startThread { continuation.resume(with: Result { try body() }) }
  }
}

/// Runs `body` on `count` threads at once and waits for all of them.
/// - Throws: What was thrown first.
func concurrently<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
  let results = Mutex<(values: [Int: Value], failure: (any Error)?)>(([:], nil))
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    startThread {
      defer { group.leave() }
      do {
        let value = try body(index)
        results.withLock { $0.values[index] = value }
      } catch {
        results.withLock { $0.failure = $0.failure ?? error }
      }
    }
  }
  group.wait()
  return try results.withLock { results in
    if let failure = results.failure { throw failure }
    return (0..<count).compactMap { results.values[$0] }
  }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
  let thread = Thread(block: body)
  thread.stackSize = 4 << 20
  thread.start()
}
