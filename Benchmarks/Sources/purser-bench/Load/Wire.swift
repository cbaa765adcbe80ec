/// A name of a hold, 32 hex digits.
typealias HoldName = SIMD32<UInt8>

/// What the load generator must know of a protocol: how its two operations are written, and how an
/// answer is read.
protocol Wire {
  /// What is said once on a connection before the load, and answered with one answer; or nothing.
  func opening(connection: Int) -> [UInt8]

  /// Appends a reservation of ``Amounts/reserved``, and gives the hold's name where the caller is
  /// the one who chooses it.
  func appendReserve(connection: Int, id: UInt64, to queue: ByteQueue) -> HoldName?

  /// Appends a settlement of `hold` with ``Amounts/settled``.
  func appendSettle(connection: Int, id: UInt64, hold: HoldName, to queue: ByteQueue)

  /// The first whole answer in `bytes`; nil when there is none yet.
  func answer(in bytes: UnsafeRawBufferPointer) throws(BenchError) -> WireAnswer?
}

/// One answer as it stands in the bytes that came.
struct WireAnswer {
  /// How many bytes it takes.
  let length: Int
  /// The id of its request; nil where answers come in the order of the requests.
  let id: UInt64?
  /// The hold that a reservation made; nil where the caller has chosen it.
  let hold: HoldName?
  /// Whether it says that the whole amount was settled.
  let isSettlement: Bool
}

/// The amounts of every operation, in msat.
enum Amounts {
  /// What a reservation holds.
  static let reserved: UInt64 = 1000
  /// What is settled of it; the rest goes back.
  static let settled: UInt64 = 900
}
