import Foundation
import LibCrypto
import Testing

@testable import L402

/// The vectors that the aperture project publishes for the Payment scheme, in the folder that
/// `PURSER_VECTORS` names.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["PURSER_VECTORS"] != nil, "PURSER_VECTORS is not set"))
struct PaymentSchemeVectorTests {
  private struct Vectors: Decodable {
    let canonicalization: [Canonical]
    let base64url: [Encoding]
    let challengeHeaders: [Header]
    let challengeLists: [List]
    let challengeIds: [Identifier]
    let credentials: [Credential]
    let receipts: [Receipt]
    let hmacSecretHex: String
  }

  private struct Canonical: Decodable {
    let name, input: String
    let canonical: String?
    let error: Bool?
  }

  private struct Encoding: Decodable {
    let name, encoded: String
    let decodedHex: String?
    let canonical: Bool
    let error: Bool?
  }

  private struct Header: Decodable {
    let name, header: String
    let params, parsed: [String: String]
  }

  private struct List: Decodable {
    let name, header: String
    let challenges: [[String: String]]?
    let error: Bool?
  }

  private struct Identifier: Decodable {
    let name, hmacInput: String
    let params: [String: String]
  }

  private struct Credential: Decodable {
    let name, header, credentialJson: String
    let error: Bool?
  }

  private struct Receipt: Decodable { let name, header, receiptJson: String }

  private static func vectors() throws -> Vectors {
    let folder = try #require(ProcessInfo.processInfo.environment["PURSER_VECTORS"])
    let file = URL(fileURLWithPath: folder).appendingPathComponent("payment-scheme.json")
    return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
  }

  private static func challenge(_ parameters: [String: String]) throws -> PaymentChallenge {
    try PaymentChallenge(
      id: parameters["id"] ?? "", realm: parameters["realm"] ?? "",
      method: parameters["method"] ?? "", intent: parameters["intent"] ?? "",
      request: parameters["request"] ?? "", expires: parameters["expires"],
      digest: parameters["digest"], description: parameters["description"],
      opaque: parameters["opaque"])
  }

  @Test func `JSON has the published spelling`() throws {
    let cases = try Self.vectors().canonicalization
    #expect(cases.count == 22)
    for example in cases {
      let canonical = try? PaymentJSON(parsing: Array(example.input.utf8)).canonical
      #expect(canonical == (example.error == true ? nil : example.canonical), "\(example.name)")
    }
  }

  @Test func `base64url is as strict as published`() throws {
    let cases = try Self.vectors().base64url
    #expect(cases.count == 17)
    for example in cases {
      guard example.error != true else {
        #expect(throws: PaymentSchemeError.badEncoding, "\(example.name)") {
          try PaymentBase64.decode(example.encoded)
        }
        continue
      }
      let bytes = try PaymentBase64.decode(example.encoded)
      #expect(Hex.encode(bytes) == example.decodedHex ?? "", "\(example.name)")
      #expect((PaymentBase64.encode(bytes) == example.encoded) == example.canonical)
    }
  }

  @Test func `headers are read and written as published`() throws {
    let cases = try Self.vectors().challengeHeaders
    #expect(cases.count == 6)
    for example in cases {
      let offers = ChallengeParser.challenges(inHeaders: [example.header])
      #expect(offers == [.payment(try Self.challenge(example.parsed))], "\(example.name)")
      #expect(try Self.challenge(example.params).headerValue() == example.header)
    }
  }

  @Test func `lists of challenges are taken apart as published`() throws {
    let cases = try Self.vectors().challengeLists
    #expect(cases.count == 11)
    for example in cases {
      let offers = ChallengeParser.challenges(inHeaders: [example.header])
      let found = offers.compactMap { if case .payment(let found) = $0 { found } else { nil } }
      #expect(
        found == (try (example.challenges ?? []).map(Self.challenge)), "\(example.name)")
      #expect(found.isEmpty == (example.error == true), "\(example.name)")
    }
  }

  @Test func `what a server binds its id to comes through unchanged`() throws {
    let vectors = try Self.vectors()
    #expect(vectors.challengeIds.count == 4)
    let secret = try #require(Hex.decode(vectors.hmacSecretHex))
    for example in vectors.challengeIds {
      let sent = try Self.challenge(example.params)
      let credential = try PaymentCredential(answering: sent, preimage: Sample.preimage)
      let echoed = try PaymentCredential(authorization: credential.authorizationValue()).challenge
      let slots = [
        echoed.realm, echoed.method, echoed.intent, echoed.request, echoed.expires ?? "",
        echoed.digest ?? "", echoed.opaque ?? "",
      ]
      let input = slots.joined(separator: "|")
      #expect(input == example.hmacInput, "\(example.name)")
      let code = HMACSHA256(key: secret).authenticate(Array(input.utf8))
      #expect(PaymentBase64.encode(code) == example.params["id"], "\(example.name)")
    }
  }

  @Test func `credentials carry the published JSON`() throws {
    let cases = try Self.vectors().credentials
    #expect(cases.count == 11)
    for example in cases {
      let json = try? PaymentCredential.json(ofAuthorization: example.header)
      guard example.error != true else {
        // The scheme's own frame is right in some of them; the credential is refused in all.
        #expect(throws: PaymentSchemeError.self, "\(example.name)") {
          try PaymentCredential(authorization: example.header)
        }
        continue
      }
      #expect(
        json == (try PaymentJSON(parsing: Array(example.credentialJson.utf8))), "\(example.name)")
      let echo = try #require(json?["challenge"])
      #expect(try PaymentChallenge(echo: echo).echo == echo, "\(example.name)")
    }
  }

  @Test func `receipts are read as published`() throws {
    let cases = try Self.vectors().receipts
    #expect(cases.count == 8)
    for example in cases {
      #expect(
        String(decoding: try PaymentBase64.decode(example.header), as: UTF8.self)
          == example.receiptJson, "\(example.name)")
      let json = try PaymentJSON(parsing: Array(example.receiptJson.utf8))
      guard json["status"] != nil else {
        #expect(throws: PaymentSchemeError.missing("status"), "\(example.name)") {
          try PaymentReceipt(headerValue: example.header)
        }
        continue
      }
      let receipt = try PaymentReceipt(headerValue: example.header)
      #expect(receipt.reference == json["reference"]?.text, "\(example.name)")
      #expect(receipt.method == "lightning")
      #expect(receipt.timestamp == json["timestamp"]?.text)
      #expect(receipt.challengeID == json["challengeId"]?.text)
    }
  }
}
