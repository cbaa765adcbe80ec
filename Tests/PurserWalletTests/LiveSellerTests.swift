import AsyncHTTPClient
import FoundationEssentials
import L402
import LibCrypto
import NIOCore
import NIOHTTP1
import PurserCore
import PurserWallet
import Testing

private let liveResources =
  (ProcessInfo.processInfo.environment["PURSER_TEST_L402_URLS"] ?? "")
  .split(separator: " ").map(String.init)

extension LNbitsLiveTests {
  /// Buys for real, with the wallet of the suite around it, from the L402 sellers whose resources
  /// `PURSER_TEST_L402_URLS` names (apart by spaces): pylsat, the paywall, anybody's.
  @Suite(.enabled(if: !liveResources.isEmpty))
  struct Sellers {
    @Test(arguments: liveResources)
    func `a challenge of a real seller can be paid and presented`(resource: String) async throws {
      let offer = try await get(resource)
      #expect(offer.status == 402)
      let offers = ChallengeParser.challenges(inHeaders: offer.challenges)
      let challenge = try #require(offers.lazy.compactMap(\.challenge).first)
      let invoice = try Invoice(decoding: challenge.invoice)
      if let identifier = challenge.identifier {
        #expect(identifier.paymentHash == invoice.paymentHash)
      }
      let price = try amount(try #require(invoice.amountMsat))

      let wallet = try LiveLNbits().buyer
      let outcome = await wallet.pay(
        PaymentOrder(invoice: invoice, amount: price, feeLimit: wallet.feeReserve(for: price)))
      guard case .settled(let preimage, _) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      let credential = try L402Credential(answering: challenge, preimage: preimage)
      let answer = try await get(resource, authorization: try credential.authorizationValue())
      #expect(answer.status == 200)
      #expect(answer.length > 0)
    }

    private struct Answer {
      let status: UInt
      let challenges: [String]
      let length: Int
    }

    private func get(_ url: String, authorization: String? = nil) async throws -> Answer {
      var request = HTTPClientRequest(url: url)
      if let authorization { request.headers.add(name: "Authorization", value: authorization) }
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
      return Answer(
        status: response.status.code, challenges: response.headers["WWW-Authenticate"],
        length: try await response.body.collect(upTo: 1 << 20).readableBytes)
    }
  }
}
