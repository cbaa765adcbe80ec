import L402
import LibCrypto
import Macaroons
import PurserAPI
import PurserCore
import PurserTesting
import Testing

@testable import PurserServer

/// How sellers spell the same offer.
@Suite struct SpellingTests {
  private struct Parts {
    let macaroon: Macaroon
    let invoice: String

    func token(_ format: MacaroonFormat, _ variant: Base64.Variant = .standard) throws -> String {
      Base64.encode(try macaroon.serialized(format), variant)
    }
  }

  private static let spellings:
    [(name: String, scheme: String, headers: @Sendable (Parts) throws -> [String])] = [
      (
        "new", "L402",
        { ["L402 version=\"0\", token=\"\(try $0.token(.v2))\", invoice=\"\($0.invoice)\""] }
      ),
      ("old", "LSAT", { ["LSAT macaroon=\"\(try $0.token(.v2))\", invoice=\"\($0.invoice)\""] }),
      (
        "in between", "L402",
        { ["L402 macaroon=\"\(try $0.token(.v2))\", invoice=\"\($0.invoice)\""] }
      ),
      (
        "the other order", "L402",
        { ["L402 invoice=\"\($0.invoice)\", token=\"\(try $0.token(.v2))\""] }
      ),
      (
        "unknown parameters between", "L402",
        {
          [
            "L402 realm=\"x\", invoice=\"\($0.invoice)\", charge=1, "
              + "token=\"\(try $0.token(.v2))\", a=b"
          ]
        }
      ),
      (
        "no quotes and no commas", "LSAT",
        { ["LSAT invoice=\($0.invoice) macaroon=\(try $0.token(.v2))"] }
      ),
      (
        "lower case", "L402", { ["l402 TOKEN=\"\(try $0.token(.v2))\", Invoice=\"\($0.invoice)\""] }
      ),
      ("V1", "L402", { ["L402 token=\"\(try $0.token(.v1))\", invoice=\"\($0.invoice)\""] }),
      (
        "V1, URL-safe, unpadded", "LSAT",
        {
          ["LSAT macaroon=\"\(try $0.token(.v1, .urlUnpadded))\", invoice=\"\($0.invoice)\""]
        }
      ),
      (
        "V2, URL-safe, unpadded", "L402",
        {
          ["L402 token=\"\(try $0.token(.v2, .urlUnpadded))\", invoice=\"\($0.invoice)\""]
        }
      ),
      (
        "hex", "L402",
        {
          [
            "L402 token=\"\(Hex.encode(try $0.macaroon.serialized(.v2)))\", "
              + "invoice=\"\($0.invoice)\""
          ]
        }
      ),
      (
        "both names in one header", "L402",
        {
          let token = try $0.token(.v2)
          return [
            "LSAT macaroon=\"\(token)\", invoice=\"\($0.invoice)\", "
              + "L402 token=\"\(token)\", invoice=\"\($0.invoice)\""
          ]
        }
      ),
      (
        "both names in two headers, among others", "L402",
        {
          let token = try $0.token(.v2)
          return [
            "Basic realm=\"L402 token=x\"", "LSAT macaroon=\"\(token)\", invoice=\"\($0.invoice)\"",
            "Bearer", "L402 macaroon=\"\(token)\", invoice=\"\($0.invoice)\"",
          ]
        }
      ),
      (
        "after one that cannot be read", "L402",
        {
          ["L402 token=\"", "L402 token=\"\(try $0.token(.v2))\", invoice=\"\($0.invoice)\""]
        }
      ),
    ]

  @Test(arguments: spellings.indices)
  func `each spelling of an offer is paid, and answered under its own name`(index: Int)
    async throws
  {
    let (name, scheme, headers) = Self.spellings[index]
    let daemon = try TestDaemon()
    let offered = ChallengeParser.challenges(inHeaders: daemon.seller.challenge())
    let challenge = try #require(offered.first?.challenge)
    let spelled = try headers(
      Parts(macaroon: try #require(challenge.macaroon), invoice: challenge.invoice))
    daemon.seller.offers { $0.headers = spelled }
    let reply = try await daemon.call(
      CredentialRequest.self, .init(service: "data"), token: daemon.top())
    #expect(reply.scheme == scheme, "\(name)")
    #expect(reply.authorization.hasPrefix("\(scheme) "), "\(name)")
    try daemon.seller.serve(reply.authorization, service: "data")
    #expect(!reply.bare)
  }
}
