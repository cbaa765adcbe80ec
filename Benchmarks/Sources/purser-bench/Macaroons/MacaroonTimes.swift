internal import Foundation
internal import Macaroons

/// Nanoseconds of each of the three operations, on one thread.
struct MacaroonTimes {
  var mint = Double.infinity
  var attenuate = Double.infinity
  var verify = Double.infinity

  /// The better of two passes, operation by operation.
  func best(_ other: MacaroonTimes) -> MacaroonTimes {
    MacaroonTimes(
      mint: min(mint, other.mint), attenuate: min(attenuate, other.attenuate),
      verify: min(verify, other.verify))
  }
}

/// The measurement of macaroons: this library's own and the two peers'.
struct MacaroonMeasurement {
  /// The contenders take turns this often, so that a slow spell of the machine meets them all.
  private static let passes = 3

  private(set) var purser = MacaroonTimes()
  /// In the format that libmacaroons has: V1, read from base64url.
  private(set) var purserV1 = MacaroonTimes()
  private(set) var go = MacaroonTimes()
  private(set) var libmacaroons = MacaroonTimes()
  /// The peers' versions.
  let versions: [String]

  /// Builds the peers into `directory`, and runs everything, one after the other.
  init(peers: String, directory: String) throws {
    versions = try Child.output("\(peers)/macaroons/build.sh", [directory])
      .split(separator: "\n").map(String.init)
    let sample = MacaroonSample()
    let expected = try sample.minted(caveats: 5)
    for pass in 1...Self.passes {
      Progress.say("macaroons: pass \(pass) of \(Self.passes)")
      purser = purser.best(try Self.ownV2(sample))
      purserV1 = purserV1.best(try Self.ownV1(sample))
      let go = try Self.peer("\(directory)/bench_go", sample) { token in
        try Macaroon(parsing: token) == expected
      }
      self.go = self.go.best(go)
      let libmacaroons = try Self.peer("\(directory)/bench_c", sample) { token in
        try Macaroon(parsingText: String(decoding: token, as: UTF8.self)) == expected
      }
      self.libmacaroons = self.libmacaroons.best(libmacaroons)
    }
  }

  private static func ownV2(_ sample: MacaroonSample) throws -> MacaroonTimes {
    let two = try sample.minted(caveats: 2).serialized(.v2)
    let five = try sample.minted(caveats: 5).serialized(.v2)
    return MacaroonTimes(
      mint: try best { try sample.minted(caveats: 5).serialized(.v2).count },
      attenuate: try best {
        try sample.attenuated(Macaroon(parsing: two)).serialized(.v2).count
      },
      verify: try best {
        try sample.verify(Macaroon(parsing: five))
        return five.count
      })
  }

  private static func ownV1(_ sample: MacaroonSample) throws -> MacaroonTimes {
    let two = Data(try sample.minted(caveats: 2).serialized(.v1)).base64EncodedString()
    let five = Data(try sample.minted(caveats: 5).serialized(.v1)).base64EncodedString()
    return MacaroonTimes(
      mint: try best { try sample.minted(caveats: 5).serialized(.v1).count },
      attenuate: try best {
        try sample.attenuated(Macaroon(parsingText: two)).serialized(.v1).count
      },
      verify: try best {
        try sample.verify(Macaroon(parsingText: five))
        return five.utf8.count
      })
  }

  /// The best of nine rounds of at least 50 ms, as `peers/macaroons/PROTOCOL.md` says.
  private static func best(_ operation: () throws -> Int) throws -> Double {
    var best = Double.infinity
    for _ in 0..<9 {
      let start = monotonicNanoseconds()
      var now = start
      var count = 0, sum = 0
      while now - start < 50_000_000 {
        for _ in 0..<256 { sum &+= try operation() }
        count += 256
        now = monotonicNanoseconds()
      }
      try require(sum > 0, "an operation came to nothing")
      best = min(best, Double(now - start) / Double(count))
    }
    return best
  }

  /// What a peer measures; its token must be the one that everybody makes.
  private static func peer(
    _ program: String, _ sample: MacaroonSample, isRight: ([UInt8]) throws -> Bool
  ) throws -> MacaroonTimes {
    var words: [Substring: Substring] = [:]
    let answer = try Child.output(program, sample.arguments)
    for line in answer.split(separator: "\n") {
      let parts = line.split(separator: " ")
      if parts.count == 2 { words[parts[0]] = parts[1] }
    }
    func time(_ name: Substring) throws(BenchError) -> Double {
      guard let time = words[name].flatMap({ Double($0) }) else {
        throw BenchError("\(program) did not say how long \(name) takes")
      }
      return time
    }
    let token = MacaroonSample.bytes(hex: words["token"] ?? "")
    let made = try isRight(token)
    try require(made, "\(program) made another macaroon")
    return MacaroonTimes(
      mint: try time("mint"), attenuate: try time("attenuate"), verify: try time("verify"))
  }
}
