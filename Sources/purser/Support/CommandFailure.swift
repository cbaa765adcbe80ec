/// Why a command could not do what it was asked: the program exits with 1.
///
/// Wrong usage is ArgumentParser's `ValidationError` instead: the program exits with 64.
struct CommandFailure: Error {
  let message: String
  let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}
