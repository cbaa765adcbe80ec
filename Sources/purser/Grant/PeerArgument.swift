internal import ArgumentParser
internal import PurserCore
internal import PurserPeer

/// What a token may be bound to, as people write it.
enum PeerArgument {
  /// A binding as it stands in a token.
  static func binding(_ text: String) throws -> PeerBinding {
    guard let binding = PeerBinding(text) else {
      throw ValidationError(
        "'\(Terminal.sanitized(text, limit: 60))' is no binding; write it like uid=1001, gid=100, "
          + "cgroup=/system.slice/agents.service or pid=NUMBER@START@BOOT (see --bind-pid)")
    }
    return binding
  }

  /// The process that has the number `text` now.
  static func process(_ text: String) throws -> ProcessStamp {
    guard let number = Int32(text), number > 0 else {
      throw ValidationError(
        "'\(Terminal.sanitized(text, limit: 60))' is no number of a process")
    }
    guard let stamp = ProcessFiles().stamp(of: number) else {
      throw ValidationError("/proc shows no process \(number); is it running, and in view?")
    }
    return stamp
  }
}
