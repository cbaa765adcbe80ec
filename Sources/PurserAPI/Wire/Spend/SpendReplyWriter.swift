internal import PurserCore

extension WireJSON {
  /// Appends the answer with `reply` to the request `id`.
  public static func write(_ reply: SpendReply, to id: RPCID, into bytes: inout [UInt8]) {
    JSONWriter.append(to: &bytes) { json in
      json.raw(#"{"id":"#)
      json.id(id)
      json.raw(#","jsonrpc":"2.0","result":"#)
      json.reply(reply)
      json.raw("}")
    }
  }

  /// The parameters of a call as ``encode(_:)`` writes them: what a repeated request is known by.
  public static func parameters(of call: SpendCall) -> [UInt8] {
    var bytes: [UInt8] = []
    JSONWriter.append(to: &bytes) { $0.parameters(of: call) }
    return bytes
  }
}

extension JSONWriter {
  fileprivate mutating func reply(_ reply: SpendReply) {
    switch reply {
    case .reserved(let reply):
      raw(#"{"amount_msat":"#)
      number(reply.amountMsat.value)
      raw(#","expires_at_ms":"#)
      number(reply.expiresAtMs)
      raw(#","hold":"#)
      identifier(reply.hold)
    case .ended(let reply):
      raw(#"{"hold":"#)
      identifier(reply.hold)
      raw(#","released_msat":"#)
      number(reply.releasedMsat.value)
      raw(#","settled_msat":"#)
      number(reply.settledMsat.value)
    }
    raw("}")
  }

  fileprivate mutating func parameters(of call: SpendCall) {
    switch call {
    case .reserve(let parameters):
      raw(#"{"amount_msat":"#)
      number(parameters.amountMsat.value)
      if let seconds = parameters.ttlSeconds {
        raw(#","ttl_s":"#)
        number(seconds)
      }
    case .charge(let parameters):
      raw(#"{"amount_msat":"#)
      number(parameters.amountMsat.value)
    case .extend(let parameters):
      raw("{")
      if let amount = parameters.amountMsat {
        raw(#""amount_msat":"#)
        number(amount.value)
        raw(",")
      }
      raw(#""hold":"#)
      identifier(parameters.hold)
      if let seconds = parameters.ttlSeconds {
        raw(#","ttl_s":"#)
        number(seconds)
      }
    case .settle(let parameters):
      raw(#"{"amount_msat":"#)
      number(parameters.amountMsat.value)
      raw(#","hold":"#)
      identifier(parameters.hold)
    case .release(let parameters):
      raw(#"{"hold":"#)
      identifier(parameters.hold)
    }
    raw("}")
  }
}
