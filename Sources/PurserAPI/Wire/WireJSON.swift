internal import FoundationEssentials

/// The one place that turns wire types into JSON text and back.
///
/// Hot methods can get a faster path behind this seam without touching the rest.
public enum WireJSON {
  /// One line of JSON, members in the order of their names, without a line feed at the end.
  public static func encode(_ value: any Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(value))
  }

  /// The value that `bytes` spell.
  /// - Throws: ``RPCError`` for nesting deeper than 32 and for two members with one name, else what
  ///   the decoder throws.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], userInfo: [CodingUserInfoKey: any Sendable] = [:]
  ) throws -> Value {
    do throws(JSONShape.Fault) { try JSONShape.check(bytes) } catch {
      switch error {
      case .tooDeep:
        throw RPCError.parseError("the line nests deeper than \(JSONShape.deepest) levels")
      case .repeatedName:
        throw RPCError.invalidRequest("an object of the line has two members with one name")
      }
    }
    return try read(type, from: bytes, userInfo: userInfo)
  }

  /// Decodes without looking at the shape first.
  static func read<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], userInfo: [CodingUserInfoKey: any Sendable] = [:]
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.userInfo = userInfo
    return try decoder.decode(type, from: Data(bytes))
  }

  /// Where in the message a decoding error is and what it is, for people.
  ///
  /// It repeats names of members, never their values.
  public static func explain(_ error: DecodingError) -> String {
    // Foundation's own words may repeat the value; those of our types do not.
    func detail(_ context: DecodingError.Context) -> String {
      context.debugDescription.contains("<") ? "" : ": \(context.debugDescription.prefix(120))"
    }
    func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
      let path = (context.codingPath + (last.map { [$0] } ?? [])).map { key in
        key.intValue.map { "[\($0)]" } ?? key.stringValue
      }
      return path.isEmpty ? "the message" : path.joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context, key)) is missing"
    case .valueNotFound(_, let context): "\(place(context)) is null"
    case .typeMismatch(_, let context): "\(place(context)) has another type than it should"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "not JSON" : "\(place(context)) has a value out of range\(detail(context))"
    @unknown default: "not what the method takes"
    }
  }
}
