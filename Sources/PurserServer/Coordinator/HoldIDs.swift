internal import PurserCore
internal import Synchronization

/// Makes the ids of new holds: 48 bits of milliseconds, then 80 random bits, as UUIDv7 has them
/// (RFC 9562 §5.7) but for its fixed bits.
///
/// Ids that grow with time put new rows at the end of their B-tree, where the pages are at hand,
/// and the random bits keep those of one millisecond apart. An id is no secret.
final class HoldIDs: Sendable {
  private struct Buffer {
    var bytes: [UInt8] = []
    var used = 0
  }

  private static let randomLength = 10
  /// How many ids share one call of the random source, which costs as much as all else here.
  private static let idsPerCall = 64

  private let random: @Sendable (Int) -> [UInt8]
  private let buffer = Mutex(Buffer())

  init(random: @escaping @Sendable (Int) -> [UInt8]) { self.random = random }

  /// An id for a hold that is made at `now`.
  func next(at now: Timestamp) -> HoldID {
    buffer.withLock { buffer in
      if buffer.used == buffer.bytes.count {
        buffer.bytes = random(Self.idsPerCall * Self.randomLength)
        precondition(
          buffer.bytes.count == Self.idsPerCall * Self.randomLength,
          "the random source gave another number of bytes than it was asked for")
        buffer.used = 0
      }
      defer { buffer.used += Self.randomLength }
      let range = buffer.used..<buffer.used + Self.randomLength
      return HoldID(
        milliseconds: now.milliseconds, random: buffer.bytes.span.extracting(range))
    }
  }
}
