/// The part of the report about the macaroon library.
enum MacaroonSection {
  static func text(_ measured: MacaroonMeasurement) -> String {
    func row(_ name: String, _ times: MacaroonTimes, isRatio: Bool = false) -> [String] {
      func cell(_ time: Double, _ own: Double) -> String {
        isRatio
          ? "\(Markdown.count(time)) (\(Markdown.number(time / own)) ×)" : Markdown.count(time)
      }
      return [
        name, cell(times.mint, measured.purser.mint),
        cell(times.attenuate, measured.purser.attenuate),
        cell(times.verify, measured.purser.verify),
      ]
    }
    let table = Markdown.table(
      ["library", "mint, ns", "attenuate, ns", "verify, ns"],
      [
        row("Purser's `Macaroons`, V2", measured.purser),
        row("gopkg.in/macaroon.v2, V2", measured.go, isRatio: true),
        row("libmacaroons, V1 in base64url", measured.libmacaroons, isRatio: true),
        row("Purser's `Macaroons`, V1", measured.purserV1),
      ])
    return """
      ## Macaroons

      One thread; the same key, identifier (25 bytes) and caveats (10 to 38 bytes) for all, and the
      macaroons that they make are compared. **Mint**: from the key to the serialized macaroon with
      five caveats. **Attenuate**: parse one with two caveats, append three, serialize.
      **Verify**: parse one with five caveats, check the signature, and compare each condition with
      five true ones. The best of 27 rounds of 50 ms, in three passes by turns.

      \(table)

      Peers: \(measured.versions.joined(separator: "; ")).

      The libmacaroons of Debian 12 knows the V1 format alone and reads and writes it as base64url;
      the last row is the same for this library, which reads that text but writes plain V1. Go runs
      as it does by default, with its garbage collector on the other cores.
      """
  }

  static func goals(_ measured: MacaroonMeasurement) -> [Goal] {
    func worst(_ peer: MacaroonTimes) -> Double {
      min(
        peer.mint / measured.purser.mint, peer.attenuate / measured.purser.attenuate,
        peer.verify / measured.purser.verify)
    }
    return [
      .atLeast(5, "macaroons: the worst of three against gopkg.in/macaroon.v2", worst(measured.go)),
      .atLeast(
        5, "macaroons: the worst of three against libmacaroons", worst(measured.libmacaroons)),
    ]
  }
}
