/// What an event says beside who, what and where: a few members, in the order of their names.
///
/// A list and not a dictionary: it is made and written with every change, and a handful of names
/// are found faster by looking at each.
public struct AuditDetails: Sendable, ExpressibleByDictionaryLiteral {
  /// One value.
  public enum Value: Sendable, Equatable {
    /// Any JSON value.
    case json(CanonicalJSON)
    /// The two halves of an identifier, written as 32 hex digits.
    case id(UInt64, UInt64)
    /// Bytes, written as hex digits.
    case hex([UInt8])
  }

  private var members: [(String, Value)]

  /// Details with these members; of two with one name the later counts.
  public init(dictionaryLiteral elements: (String, Value)...) {
    members = elements
    let isOrdered = elements.indices.dropFirst().allSatisfy { index in
      CanonicalWriter.precedes(elements[index - 1].0, elements[index].0)
    }
    guard !isOrdered else { return }
    members = []
    for (name, value) in elements { self[name] = value }
  }

  /// Whether there is no member.
  public var isEmpty: Bool { members.isEmpty }

  /// The value of the member `name`; setting nil removes it.
  public subscript(name: String) -> Value? {
    get { members.first { $0.0 == name }?.1 }
    set {
      let place = members.firstIndex { !CanonicalWriter.precedes($0.0, name) } ?? members.count
      if place < members.count, !CanonicalWriter.precedes(name, members[place].0) {
        members.remove(at: place)
      }
      if let newValue { members.insert((name, newValue), at: place) }
    }
  }

  /// These members and those of `other`; where both have one, `combine` chooses.
  public func merging(
    _ other: AuditDetails, uniquingKeysWith combine: (Value, Value) -> Value
  ) -> AuditDetails {
    var result = self
    for (name, value) in other.members {
      result[name] = result[name].map { combine($0, value) } ?? value
    }
    return result
  }

  /// Appends the members as one canonical JSON object.
  func write(to output: inout CanonicalWriter) {
    output.write(byte: UInt8(ascii: "{"))
    var isFirst = true
    for (name, value) in members {
      if !isFirst { output.write(byte: UInt8(ascii: ",")) }
      isFirst = false
      output.write(name)
      output.write(byte: UInt8(ascii: ":"))
      value.write(to: &output)
    }
    output.write(byte: UInt8(ascii: "}"))
  }
}

extension AuditDetails: Equatable {
  /// Whether both have the same members.
  public static func == (left: AuditDetails, right: AuditDetails) -> Bool {
    left.members.elementsEqual(right.members, by: ==)
  }
}

extension AuditDetails.Value {
  /// A whole number.
  public static func integer(_ value: Int64) -> Self { .json(.integer(value)) }

  /// A text.
  public static func string(_ text: String) -> Self { .json(.string(text)) }

  /// A truth value.
  public static func bool(_ value: Bool) -> Self { .json(.bool(value)) }

  /// A list.
  public static func array(_ values: [CanonicalJSON]) -> Self { .json(.array(values)) }

  /// An amount.
  public static func msat(_ amount: Msat) -> Self { .json(.msat(amount)) }

  /// An identifier, written as 32 hex digits.
  public static func id<Kind>(_ id: Identifier<Kind>) -> Self { .id(id.high, id.low) }

  func write(to output: inout CanonicalWriter) {
    switch self {
    case .json(let value): value.write(to: &output)
    case .id(let high, let low): output.write(id: high, low)
    case .hex(let bytes): output.write(hex: bytes)
    }
  }
}
