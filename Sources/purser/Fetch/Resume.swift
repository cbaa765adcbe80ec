/// What to do with a file of which there is a part already, once the answer's head is there.
enum Resume: Equatable {
  /// Write the file from its beginning.
  case restart
  /// Write on at the end of the part.
  case append
  /// The part is the whole.
  case complete

  /// What an answer with `status` and `contentRange` means for a part of `offset` bytes.
  ///
  /// A server may answer a `Range` with the whole (RFC 9110 §14.2), which is then written anew.
  /// - Throws: ``FetchFailure`` when the answer is no part of what the file has; it stays as it is.
  static func plan(
    status: Int, contentRange: String?, offset: UInt64
  ) throws(FetchFailure) -> Resume {
    guard offset > 0 else { return .restart }
    switch status {
    case 206:
      guard let range = contentRange.flatMap(start), range == offset else {
        throw FetchFailure(
          .failed, "resume", "the server answered with another part than the one asked for",
          hint: "fetch it without --continue")
      }
      return .append
    case 200..<300: return .restart
    case 416:
      guard contentRange.flatMap(length) == offset else {
        throw FetchFailure(
          .failed, "resume", "what the server has is not what the file is a part of",
          hint: "fetch it without --continue")
      }
      return .complete
    default:
      throw FetchFailure(
        .failed, "http_status", "the server answered HTTP \(status); the file stays as it is")
    }
  }

  /// The first byte of `bytes 5-9/10`.
  private static func start(_ range: String) -> UInt64? {
    guard range.hasPrefix("bytes ") else { return nil }
    return UInt64(range.dropFirst(6).prefix { $0 != "-" })
  }

  /// The length in `bytes */10`.
  private static func length(_ range: String) -> UInt64? {
    guard range.hasPrefix("bytes */") else { return nil }
    return UInt64(range.dropFirst(8))
  }
}
