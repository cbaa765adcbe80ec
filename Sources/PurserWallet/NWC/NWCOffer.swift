/// What the wallet offers, as its info event says (kind 13194).
struct NWCOffer: Sendable, Equatable {
  /// The methods that it knows; a connection may be allowed fewer.
  let methods: Set<String>
  /// The best way to encrypt that it offers.
  let encryption: NWCEncryption

  static let kind: UInt32 = 13_194
  private static let mostMethods = 64

  func offers(_ method: NWCMethod) -> Bool { methods.contains(method.rawValue) }

  /// What the newest authentic one among `events` says; nil when there is none.
  init?(newestOf events: [NostrEvent], by wallet: String) {
    let newest =
      events.filter { $0.kind == Self.kind && $0.publicKey == wallet && $0.isAuthentic }
      .max { $0.createdAt < $1.createdAt }
    guard let newest else { return nil }
    methods = Set(
      newest.content.split(whereSeparator: \.isWhitespace).prefix(Self.mostMethods).map {
        CleanText.line(String($0), maximum: 64)
      })
    // A wallet without the tag is of the time when there was only the old one.
    guard let tag = newest.tag("encryption") else {
      encryption = .nip04
      return
    }
    let offered = tag.split(whereSeparator: \.isWhitespace).compactMap {
      NWCEncryption(rawValue: String($0))
    }
    guard let best = offered.first(where: { $0 == .nip44 }) ?? offered.first else { return nil }
    encryption = best
  }
}
