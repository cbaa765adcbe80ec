/// Why a measurement is worth nothing.
struct BenchError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Ends the measurement unless `condition` holds.
func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(BenchError) {
  guard condition else { throw BenchError(message()) }
}
