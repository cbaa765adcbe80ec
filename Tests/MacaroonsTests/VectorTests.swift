import Foundation
import LibCrypto
import Macaroons
import Testing

/// What other libraries made: see Tests/Interop/macaroons, which wrote these files.
@Suite struct VectorTests {
  struct File: Decodable {
    let peer: String
    let cases: [Vector]
  }

  struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    struct Caveat: Decodable {
      let condition: String
      let verificationId: String?
      let location: String?
    }

    let name: String
    let format: String
    let rootKey: String
    let token: String
    let location: String
    let identifier: String
    let signature: String
    let caveats: [Caveat]

    var testDescription: String { "\(name), \(format)" }
  }

  static let peers = ["pymacaroons", "gopkg.in-macaroon.v2", "libmacaroons"]

  static func vectors(_ peer: String) throws -> [Vector] {
    let url = try #require(
      Bundle.module.url(forResource: peer, withExtension: "json", subdirectory: "Vectors"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let file = try decoder.decode(File.self, from: Data(contentsOf: url))
    #expect(file.cases.count >= 10)
    return file.cases
  }

  @Test(arguments: peers)
  func `what a peer wrote is read field by field`(peer: String) throws {
    for vector in try Self.vectors(peer) {
      let macaroon = try Macaroon(parsingText: vector.token)
      #expect(Hex.encode(macaroon.location) == vector.location, "\(vector.testDescription)")
      #expect(Hex.encode(macaroon.identifier) == vector.identifier, "\(vector.testDescription)")
      #expect(Hex.encode(macaroon.signature) == vector.signature, "\(vector.testDescription)")
      #expect(macaroon.caveats.count == vector.caveats.count)
      for (caveat, expected) in zip(macaroon.caveats, vector.caveats) {
        #expect(Hex.encode(caveat.condition) == expected.condition)
        #expect(caveat.verificationID.map { Hex.encode($0) } == expected.verificationId)
        #expect(caveat.location.map { Hex.encode($0) } == expected.location)
      }
    }
  }

  @Test(arguments: peers)
  func `what a peer wrote in binary is written back byte for byte`(peer: String) throws {
    for vector in try Self.vectors(peer) where vector.format != "v2json" {
      let bytes = try #require(Hex.decode(vector.token))
      var expected = bytes
      if peer == "pymacaroons", vector.format == "v2", vector.location.isEmpty {
        // It writes an empty location where the others write none.
        expected.removeSubrange(1..<3)
      }
      let format = try #require(MacaroonFormat(of: bytes))
      #expect(try Macaroon(parsing: bytes).serialized(format) == expected)
    }
  }

  @Test(arguments: peers)
  func `a peer's chain verifies, and is the one computed here`(peer: String) throws {
    for vector in try Self.vectors(peer) {
      let macaroon = try Macaroon(parsingText: vector.token)
      let rootKey = try #require(Hex.decode(vector.rootKey))
      #expect(throws: MacaroonError.wrongSignature) {
        try macaroon.verifySignature(rootKey: rootKey + [1])
      }
      if let index = macaroon.caveats.firstIndex(where: \.isThirdParty) {
        #expect(throws: MacaroonError.thirdPartyCaveat(index)) {
          try macaroon.verifySignature(rootKey: rootKey)
        }
        continue
      }
      #expect(try macaroon.verifySignature(rootKey: rootKey).count == macaroon.caveats.count)
      var ours = try Macaroon(
        rootKey: rootKey, identifier: macaroon.identifier, location: macaroon.location)
      for caveat in macaroon.caveats { ours = try ours.attenuated(with: Array(caveat.condition)) }
      #expect(ours == macaroon)
    }
  }
}

/// Other people's test data, where the environment names the folder that has it.
@Suite(.enabled(if: SharedVectors.folder != nil, "PURSER_VECTORS is not set"))
struct LibmacaroonsTests {
  struct File: Decodable {
    let tests: [Case]
  }

  struct Case: Decodable {
    let name: String
    let exact: [String]
    let macaroons: [String]
    let expect: String
    let key: String
  }

  @Test func `the unit tests of libmacaroons give their stated results`() throws {
    let folder = try #require(SharedVectors.folder)
    let data = try Data(contentsOf: folder.appending(path: "macaroons-vtest.json"))
    let cases = try JSONDecoder().decode(File.self, from: data).tests
    #expect(cases.count == 16)
    for vector in cases {
      #expect(vector.macaroons.count == 1, "\(vector.name) needs discharges")
      let macaroon = try Macaroon(parsingText: #require(vector.macaroons.first))
      let accepted = Set(vector.exact.map { Array($0.utf8) })
      let verdict = Result { () throws(MacaroonError) in
        try macaroon.verify(rootKey: Array(vector.key.utf8)) { accepted.contains(Array($0)) }
      }
      switch vector.expect {
      case "authorized": #expect(verdict.isSuccess, "\(vector.name)")
      case "unauthorized": #expect(!verdict.isSuccess, "\(vector.name)")
      default: Issue.record("\(vector.name) expects \(vector.expect)")
      }
    }
  }
}

enum SharedVectors {
  static let folder = ProcessInfo.processInfo.environment["PURSER_VECTORS"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }
}

extension Result {
  fileprivate var isSuccess: Bool {
    if case .success = self { true } else { false }
  }
}
