/// Something was not done in time.
struct Late: Error {}

/// Runs `body`, and gives it up when it takes longer.
/// - Throws: ``Late``, and what `body` throws.
func within<Value: Sendable>(
  milliseconds: UInt32, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: .milliseconds(Int64(milliseconds)))
      throw Late()
    }
    defer { group.cancelAll() }
    guard let first = try await group.next() else { throw Late() }
    return first
  }
}
