internal import PurserCore

/// A value of the API that says what it may be.
public protocol RPCValue: Codable, Sendable {
  /// What it may be.
  static var schema: JSONSchema { get }
}

/// A value of the API that is one of a few words.
public protocol RPCWord: RPCValue, CaseIterable, RawRepresentable where RawValue == String {}

extension RPCWord {
  /// The words.
  public static var schema: JSONSchema { .word(allCases.map(\.rawValue)) }
}

/// A JSON object of the API that says what each of its members is.
///
/// The switch over the names that are read and written leaves none out, and a member's type comes
/// from the property itself: what is described is what is served.
public protocol RPCObject: RPCValue {
  /// The names of the members on the wire.
  associatedtype CodingKeys: CodingKey, CaseIterable
  /// What a member is.
  static func describe(_ member: CodingKeys) -> RPCMember
  /// The members, in the order in which people read of them.
  static var members: [RPCMember.Named] { get }
}

extension RPCObject {
  /// Every member that has a name.
  public static var members: [RPCMember.Named] {
    CodingKeys.allCases.map { RPCMember.Named(name: $0.stringValue, describe($0)) }
  }

  /// An object with these members.
  public static var schema: JSONSchema { .object(members) }
}

/// What a member of an object is.
public struct RPCMember: Sendable, Equatable {
  /// What it is for: a sentence or two.
  public let description: String
  /// Whether it is always there.
  public let isRequired: Bool
  /// What it may be.
  public private(set) var schema: JSONSchema

  /// A member that is always there; its type is that of the property at `path`.
  public init<Object, Value: RPCValue>(_ path: KeyPath<Object, Value>, _ description: String) {
    self.init(Value.self, description)
  }

  /// A member that may be missing; its type is that of the property at `path`.
  public init<Object, Value: RPCValue>(_ path: KeyPath<Object, Value?>, _ description: String) {
    self.init(Value.self, description, isRequired: false)
  }

  /// A member of the type `type`.
  public init<Value: RPCValue>(_ type: Value.Type, _ description: String, isRequired: Bool = true) {
    self.description = description
    self.isRequired = isRequired
    schema = type.schema
  }

  /// The same member, a number within `range`.
  public func within(_ range: ClosedRange<Int64>) -> RPCMember {
    with("minimum", .integer(range.lowerBound)).with("maximum", .integer(range.upperBound))
  }

  /// The same member, a number of at least `least`.
  public func atLeast(_ least: Int64) -> RPCMember { with("minimum", .integer(least)) }

  /// The same member, a text that fits the regular expression `pattern`.
  public func matching(_ pattern: String) -> RPCMember { with("pattern", .string(pattern)) }

  /// The same member, one of these words.
  public func among(_ words: [String]) -> RPCMember {
    with("enum", .array(words.map(CanonicalJSON.string)))
  }

  /// The same member, a text of so many characters.
  public func length(_ range: ClosedRange<Int64>) -> RPCMember {
    with("minLength", .integer(range.lowerBound)).with("maxLength", .integer(range.upperBound))
  }

  /// The same member, a list of so many elements.
  public func count(_ range: ClosedRange<Int64>) -> RPCMember {
    with("minItems", .integer(range.lowerBound)).with("maxItems", .integer(range.upperBound))
  }

  private func with(_ keyword: String, _ value: CanonicalJSON) -> RPCMember {
    var member = self
    member.schema = schema.with(keyword, value)
    return member
  }

  /// A member under its name on the wire.
  @dynamicMemberLookup
  public struct Named: Sendable, Equatable {
    /// The name.
    public let name: String
    /// What it is.
    public let member: RPCMember

    /// The member called `name`.
    public init(name: String, _ member: RPCMember) {
      self.name = name
      self.member = member
    }

    /// What the member says of itself.
    public subscript<Value>(dynamicMember path: KeyPath<RPCMember, Value>) -> Value {
      member[keyPath: path]
    }

    /// What it may be, with the unit that its name tells and what it is for.
    public var describedSchema: JSONSchema {
      var schema = member.schema.with("description", .string(member.description))
      if let unit { schema = schema.with("x-unit", .string(unit)) }
      return schema
    }

    /// The unit of a number; nil for what has none.
    public var unit: String? {
      guard member.schema.keywords["type"] == .string("integer") else { return nil }
      return Self.units.first { name.hasSuffix($0.suffix) }?.unit
    }

    /// The first suffix that fits counts.
    private static let units: [(suffix: String, unit: String)] = [
      ("_msat", "msat"), ("_at_ms", "Unix ms"), ("time_ms", "Unix ms"), ("_ms", "ms"),
      ("_s", "s"), ("_at", "Unix s"), ("valid_until", "Unix s"),
    ]
  }
}
