internal import PurserAPI
internal import PurserCore

/// What one line of a connection holds.
enum IncomingMessage: Decodable {
  case single(IncomingRequest)
  case batch([IncomingRequest])

  init(from decoder: any Decoder) throws {
    guard var elements = try? decoder.unkeyedContainer() else {
      self = .single(try IncomingRequest(from: decoder))
      return
    }
    var requests: [IncomingRequest] = []
    // One more than may be answered shows that there are too many; the rest costs nothing.
    while !elements.isAtEnd, requests.count <= Self.batchBound {
      requests.append(try elements.decode(IncomingRequest.self))
    }
    self = .batch(requests)
  }

  /// The most requests in one batch.
  static let batchBound = 100
}

/// One request object, decoded in one pass; what is wrong with it is kept for its answer.
struct IncomingRequest: Decodable, Sendable {
  /// The id of the answer; nil for a notification, which gets none, whatever becomes of it.
  let id: RPCID?
  /// The call, or why there is none.
  let call: Result<PreparedCall, RPCError>

  static let tableKey = methodTableKey

  init(from decoder: any Decoder) throws {
    guard let members = try? decoder.container(keyedBy: MemberName.self) else {
      id = .null
      call = .failure(.invalidRequest("a request is an object"))
      return
    }
    guard let id = Self.id(in: members) else {
      self.id = .null
      call = .failure(.invalidRequest("an id is a text, a whole number or null"))
      return
    }
    guard (try? members.decode(String.self, forKey: "jsonrpc")) == "2.0",
      let method = try? members.decode(String.self, forKey: "method")
    else {
      // Without them nobody can say that it is a notification, so it gets an answer.
      self.id = id
      call = .failure(.invalidRequest("a request has \"jsonrpc\": \"2.0\" and a method"))
      return
    }
    self.id = members.contains("id") ? id : nil
    call = Self.prepare(method, members, decoder.userInfo[Self.tableKey] as? MethodTable)
  }

  private static func id(in members: KeyedDecodingContainer<MemberName>) -> RPCID? {
    guard members.contains("id") else { return .null }
    return try? members.decode(RPCID.self, forKey: "id")
  }

  private static func prepare(
    _ method: String, _ members: KeyedDecodingContainer<MemberName>, _ table: MethodTable?
  ) -> Result<PreparedCall, RPCError> {
    guard let entry = table?.entries[method] else {
      return .failure(.methodNotFound("no such method on this socket"))
    }
    do {
      return .success(try entry.prepare(ParameterSource(members: members)))
    } catch let error as RPCError {
      return .failure(error)
    } catch let error as DecodingError {
      return .failure(.invalidParameters(WireJSON.explain(error)))
    } catch {
      return .failure(.invalidParameters("not what the method takes"))
    }
  }
}

/// The key under which the decoder finds the methods of its socket.
private let methodTableKey: CodingUserInfoKey = {
  guard let key = CodingUserInfoKey(rawValue: "purser.methods") else {
    preconditionFailure("a user info key may have any name")
  }
  return key
}()

/// The `params` of a request, before its method has read them.
struct ParameterSource {
  let members: KeyedDecodingContainer<MemberName>

  private var isAbsent: Bool { !members.contains("params") }

  /// Reads what every method may carry, and refuses members that this one does not take.
  func options(allowing names: [String]) throws -> CallOptions {
    guard !isAbsent else { return CallOptions() }
    guard
      let parameters = try? members.nestedContainer(keyedBy: MemberName.self, forKey: "params")
    else {
      guard (try? members.nestedUnkeyedContainer(forKey: "params")) != nil else {
        throw RPCError.invalidRequest("params is an object")
      }
      throw RPCError.invalidParameters("params is an object: parameters go by name")
    }
    if let unknown = parameters.allKeys.first(where: { !names.contains($0.stringValue) }) {
      let known = names.joined(separator: ", ")
      throw RPCError.invalidParameters(
        "no parameter '\(unknown.stringValue.prefix(64))'; there are: \(known)")
    }
    let key = try parameters.decodeIfPresent(String.self, forKey: "idempotency_key")
    guard key.map({ CallOptions.keyLengths.contains($0.utf8.count) }) ?? true else {
      throw RPCError.invalidParameters(
        "idempotency_key has 1 to \(CallOptions.keyLengths.upperBound) bytes")
    }
    return CallOptions(
      token: try parameters.decodeIfPresent(String.self, forKey: "token"), idempotencyKey: key)
  }

  /// Reads the parameters of a method.
  func read<Parameters: RPCParameters>(_ type: Parameters.Type) throws -> Parameters {
    guard !isAbsent else { return try WireJSON.decode(type, from: Array("{}".utf8)) }
    do { return try members.decode(type, forKey: "params") } catch let error as DecodingError {
      throw error
    } catch {
      // The decoder throws something of its own, without a path, for a number that does not fit.
      throw RPCError.invalidParameters(
        numberThatDoesNotFit.map { "params.\($0) is not a whole number in range" }
          ?? "params holds a number that is not a whole number in range")
    }
  }

  private var numberThatDoesNotFit: String? {
    let parameters = try? members.nestedContainer(keyedBy: MemberName.self, forKey: "params")
    return parameters?.allKeys.first { name in
      do { _ = try parameters?.decode(UInt64.self, forKey: name) } catch is DecodingError {
        return false
      } catch { return true }
      return false
    }?.stringValue
  }
}
