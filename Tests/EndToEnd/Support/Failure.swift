import Foundation

/// Something that is not as it should be.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Ends the test unless `holds`.
///
/// The bodies run on threads of their own, where no test is current, so that they throw rather than
/// record an issue.
func check(_ holds: Bool, _ what: @autoclosure () -> String) throws {
  guard holds else { throw Failure(what()) }
}

/// Ends the test unless there is a value.
func require<Value>(_ value: Value?, _ what: @autoclosure () -> String) throws -> Value {
  guard let value else { throw Failure(what()) }
  return value
}

/// Asks until there is an answer; gives up after `seconds`.
func waitFor<Value>(
  _ what: String, seconds: Double = 30, _ ask: () throws -> Value?
) throws -> Value {
  let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
  while ContinuousClock.now < deadline {
    if let value = try ask() { return value }
    Thread.sleep(forTimeInterval: 0.002)
  }
  throw Failure("waited \(seconds) s for \(what)")
}
