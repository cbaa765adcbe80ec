import LibCrypto
import PurserCore
import Synchronization
import Testing

@testable import PurserServer

@Suite struct HoldIDTests {
  @Test func `ids of later holds sort behind those of earlier ones`() {
    let ids = HoldIDs { randomBytes($0) }
    let made = (0..<500).map { ids.next(at: Timestamp(milliseconds: 1_700_000_000_000 + $0)) }
    #expect(made == made.sorted())
    #expect(made[0].hex.hasPrefix("018bcfe56800"))
  }

  @Test func `ids of one moment differ, and many share a call of the random source`() {
    let calls = Atomic(0)
    let ids = HoldIDs { count in
      calls.add(1, ordering: .relaxed)
      return randomBytes(count)
    }
    let made = (0..<1000).map { _ in ids.next(at: Timestamp(milliseconds: 5)) }
    #expect(Set(made).count == 1000)
    #expect(calls.load(ordering: .relaxed) == 16)
  }

  @Test func `the random bits are those of the source, each used once`() {
    let ids = HoldIDs { count in (0..<count).map { UInt8($0 % 251) } }
    #expect(
      ids.next(at: Timestamp(milliseconds: 0x0102_0304_0506)).hex
        == "01020304050600010203040506070809")
    #expect(ids.next(at: Timestamp(milliseconds: .max)).hex == "ffffffffffff0a0b0c0d0e0f10111213")
  }
}
