internal import NIOCore
internal import Synchronization

/// How fast each process can have requests refused.
///
/// To refuse a request costs nearly what it costs to serve one, so whoever sends nothing else would
/// have most of the daemon's time. Each refusal takes its process some time of waiting, of which a
/// part is free; then the connection that was refused is not read until that time is over. Nothing
/// is turned away: what is not read waits in the client's own socket. Connections that are not
/// refused never wait, whoever they belong to.
final class RefusalPace: Sendable {
  /// What a refusal takes.
  let each: TimeAmount
  /// How many are free at once.
  let free: Int64
  /// The longest that a connection waits.
  let longest: TimeAmount

  /// Until when the refusals of each process take; those that are over go now and then.
  private let paidUntil = Mutex<[UInt64: NIODeadline]>([:])
  private static let mostKept = 1024

  /// A pace of 2,000 refusals a second, of which 256 may come at once.
  init(
    each: TimeAmount = .microseconds(500), free: Int64 = 256, longest: TimeAmount = .seconds(5)
  ) {
    self.each = each
    self.free = free
    self.longest = longest
  }

  /// How many processes it knows of.
  var kept: Int { paidUntil.withLock(\.count) }

  /// Counts a refusal of the process `source`, and gives the time from which on its connection is
  /// read again, which may be over.
  func note(_ source: UInt64, at now: NIODeadline = .now()) -> NIODeadline {
    paidUntil.withLock { paidUntil in
      if paidUntil.count >= Self.mostKept { paidUntil = paidUntil.filter { $0.value > now } }
      let allowance = each * free
      let latest = now + longest + allowance
      let paid = min(max(paidUntil[source] ?? now, now) + each, latest)
      paidUntil[source] = paid
      return paid - allowance
    }
  }
}
