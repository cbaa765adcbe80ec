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
/// - Throws: What the first of them threw.
func concurrently<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
  let results = Mutex<[Int: Result<Value, any Error>]>([:])
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    startThread {
      let result = Result { try body(index) }
      results.withLock { $0[index] = result }
      group.leave()
    }
  }
  group.wait()
  return try results.withLock { found in
    try (0..<count).compactMap { try found[$0]?.get() }
  }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
  let thread = Thread(block: body)
  thread.stackSize = 4 << 20
  thread.start()
}
