import LibCrypto
import PurserCore
import PurserWallet
import Testing

/// What an LNbits wallet has sent, from the server's list.
@Suite struct LNbitsListTests {
  /// 2025-11-22T19:00:00Z.
  private static let time: UInt64 = 1_763_838_000

  private static func hash(_ number: Int) -> [UInt8] {
    SHA256.hash(Array("payment \(number)".utf8))
  }

  private static func entry(
    _ number: Int, amount: Int = -21_000, _ status: String = "success",
    time: String = "\"2025-11-22T19:00:00+00:00\""
  ) -> String {
    """
    {"checking_id":"x","payment_hash":"\(Hex.encode(hash(number)))","amount":\(amount),\
    "fee":-1500,"status":"\(status)","time":\(time),"memo":"m","extra":{}}
    """
  }

  /// What is listed since `seconds` of a server that has these entries.
  private static func list(
    _ entries: [String], since seconds: UInt64 = time
  ) async throws -> (payments: [WalletPayment]?, pages: [String]) {
    let server = try await ScriptedServer.start { request in
      let offset = request.path.split(separator: "offset=").last.flatMap { Int($0) } ?? 0
      return .json(200, "[" + entries.dropFirst(offset).prefix(50).joined(separator: ",") + "]")
    }
    let payments = try await LNbitsFixture().wallet(server)
      .outgoingPayments(since: Timestamp(seconds: seconds))
    return (payments, server.requests.map(\.path))
  }

  @Test func `outgoing payments are listed with what became of them, incoming ones are not`()
    async throws
  {
    let (payments, pages) = try await Self.list([
      Self.entry(1), Self.entry(2, amount: 5_000), Self.entry(3, "pending"),
      Self.entry(4, "failed"),
    ])
    #expect(payments?.map(\.paymentHash) == [1, 3, 4].map(Self.hash))
    #expect(payments?.map(\.state) == [.settled, .pending, .failed])
    let first = try #require(payments?.first)
    #expect(first.amount == Msat(21_000) && first.fee == Msat(1_500))
    #expect(first.time == Timestamp(seconds: Self.time))
    #expect(pages == ["/api/v1/payments?limit=50&offset=0"])
  }

  @Test func `pages are read until one is older, and a time that does not read is taken along`()
    async throws
  {
    let old = "\"2025-11-01T00:00:00Z\""
    let entries =
      (0..<60).map { Self.entry($0, time: $0 == 7 ? "1763838000" : "\"2025-11-22T19:00:00.5Z\"") }
      + (60..<200).map { Self.entry($0, time: old) }
    let (payments, pages) = try await Self.list(entries)
    #expect(payments?.map(\.paymentHash) == (0..<60).map(Self.hash))
    #expect(pages.count == 2)
  }

  @Test func `a list without an end is given up`() async throws {
    let entries = (0..<10_100).map { Self.entry($0) }
    await #expect(throws: WalletError.unexpected("LNbits lists more than 10000 payments")) {
      try await Self.list(entries)
    }
  }

  @Test(arguments: [
    #"{"detail":"no"}"#, "[1]", "[{}]", #"[{"payment_hash":"ab","amount":"x"}]"#, "",
  ])
  func `what is no list is an error, never an empty list`(body: String) async throws {
    let server = try await ScriptedServer.start { _ in .json(200, body) }
    let wallet = try LNbitsFixture().wallet(server)
    await #expect(throws: WalletError.self) {
      try await wallet.outgoingPayments(since: Timestamp(seconds: 0))
    }
  }
}
