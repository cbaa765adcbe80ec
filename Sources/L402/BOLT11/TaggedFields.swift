/// One tagged field as it stands in the data: a type and groups of five bits.
struct TaggedField: Equatable {
  let type: UInt8
  let words: [UInt8]
}

extension InvoiceField {
  /// The number that stands for the field: the place of its letter in the Bech32 alphabet.
  var type: UInt8 {
    switch self {
    case .paymentHash: 1
    case .routeHint: 3
    case .features: 5
    case .expiry: 6
    case .fallback: 9
    case .description: 13
    case .paymentSecret: 16
    case .payee: 19
    case .descriptionHash: 23
    case .minFinalCLTV: 24
    case .metadata: 27
    }
  }
}

/// The tagged fields of an invoice, in their order.
struct TaggedFields {
  /// The most words that the ten bits of a length can count.
  static let maximumWordCount = 1_023
  static let headerWordCount = 3

  private var fields: [TaggedField] = []

  init() {}

  init(decoding words: ArraySlice<UInt8>) throws(InvoiceError) {
    var rest = words
    while !rest.isEmpty {
      guard rest.count >= Self.headerWordCount else { throw .truncatedField }
      let header = Array(rest.prefix(Self.headerWordCount))
      let count = Int(header[1]) << 5 | Int(header[2])
      rest = rest.dropFirst(Self.headerWordCount)
      guard rest.count >= count else { throw .truncatedField }
      fields.append(TaggedField(type: header[0], words: Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    }
  }

  /// Every field as words, header included.
  var encoded: [UInt8] {
    fields.flatMap { field in
      [field.type, UInt8(field.words.count >> 5), UInt8(field.words.count & 31)] + field.words
    }
  }

  mutating func append(_ field: InvoiceField, words: [UInt8]) throws(InvoiceError) {
    guard words.count <= Self.maximumWordCount else { throw .fieldTooLong(field) }
    fields.append(TaggedField(type: field.type, words: words))
  }

  mutating func append(_ field: InvoiceField, bytes: [UInt8]) throws(InvoiceError) {
    try append(field, words: FiveBitWords.words(bytes))
  }

  /// The words of every field of this kind.
  func all(_ field: InvoiceField) -> [[UInt8]] {
    fields.filter { $0.type == field.type }.map(\.words)
  }

  /// The words of the one field of this kind, if there is one.
  ///
  /// A field of fixed length counts only when it has that length: one that has not is skipped, as
  /// the specification's example "fields which must be ignored" shows.
  func only(_ field: InvoiceField) throws(InvoiceError) -> [UInt8]? {
    var found = all(field)
    if let length = field.fixedWordCount { found.removeAll { $0.count != length } }
    guard found.count <= 1 else { throw .repeatedField(field) }
    return found.first
  }

  /// The bytes of the one field of this kind, if there is one.
  func onlyBytes(_ field: InvoiceField) throws(InvoiceError) -> [UInt8]? {
    guard let words = try only(field) else { return nil }
    return try Self.bytes(words, field)
  }

  /// The number in the one field of this kind, if there is one.
  func onlyNumber(_ field: InvoiceField) throws(InvoiceError) -> UInt64? {
    guard let words = try only(field) else { return nil }
    // A lone zero is how some writers spell zero.
    guard words.first != 0 || words.count == 1 else { throw .nonMinimal(field) }
    guard let number = FiveBitWords.number(words) else { throw .numberTooLarge(field) }
    return number
  }

  static func bytes(_ words: [UInt8], _ field: InvoiceField) throws(InvoiceError) -> [UInt8] {
    guard let bytes = FiveBitWords.bytes(words) else { throw .nonZeroPadding(field) }
    return bytes
  }
}

extension InvoiceField {
  fileprivate var fixedWordCount: Int? {
    switch self {
    case .paymentHash, .paymentSecret, .descriptionHash: 52
    case .payee: 53
    default: nil
    }
  }
}
