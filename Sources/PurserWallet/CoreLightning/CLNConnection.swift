internal import FoundationEssentials
internal import PurserCore

/// The way to a node of Core Lightning: its own socket, or clnrest with a rune.
enum CLNConnection: Sendable {
  case socket(CLNSocket)
  case rest(WalletHTTP, rune: String)

  /// The longest list that is read, in bytes: Core Lightning gives lists whole.
  static let maximumListLength = 32 << 20

  /// What cleans text from the node.
  var text: WalletText {
    switch self {
    case .socket: WalletText(secrets: [])
    case .rest(let http, _): http.text
    }
  }

  /// Calls `method` and reads its result.
  func call<Result: Decodable>(
    _ method: String, _ parameters: some Encodable & Sendable, _ type: Result.Type,
    upTo maximum: Int = WalletHTTP.maximumBodyLength
  ) async throws(CLNCallError) -> Result {
    switch self {
    case .socket(let socket):
      let reply: CLNReply<Result> = try await socket.call(method, parameters, upTo: maximum)
      switch reply {
      case .result(let result): return result
      case .failure(let failure): throw .refused(failure)
      }
    case .rest(let http, let rune):
      return try await rest(http, rune, method, parameters, type, upTo: maximum)
    }
  }

  private func rest<Result: Decodable>(
    _ http: WalletHTTP, _ rune: String, _ method: String, _ parameters: some Encodable,
    _ type: Result.Type, upTo maximum: Int
  ) async throws(CLNCallError) -> Result {
    let answer: WalletAnswer
    do throws(WalletError) {
      answer = try await http.post(
        "v1/\(method)", try .json(parameters), headers: ["Rune": rune], upTo: maximum)
    } catch {
      throw .lost(error)
    }
    // 201 is what clnrest answers; older ones and proxies make it a 200.
    if answer.status == 201 || answer.status == 200 {
      guard let result = answer.decoded(type) else {
        throw .lost(.unexpected("Core Lightning's answer to \(method) does not read"))
      }
      return result
    }
    guard let failure = answer.decoded(CLNFailure.self) else {
      let text = "Core Lightning answered \(answer.status)"
      throw .lost(answer.status == 401 ? .unauthorized(text) : .unexpected(text))
    }
    throw .refused(failure)
  }
}

/// Why a call has no result.
enum CLNCallError: Error {
  /// The node's own error.
  case refused(CLNFailure)
  /// Nobody knows what became of the call.
  case lost(WalletError)
}

/// An error of Core Lightning (`common/jsonrpc_errors.h`).
struct CLNFailure: Decodable, Sendable {
  let code: Int
  let message: String

  private enum CodingKeys: String, CodingKey { case code, message }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // clnrest leaves the number out where it has none.
    code = try container.decodeIfPresent(Int.self, forKey: .code) ?? Self.general
    message = try container.decode(String.self, forKey: .message)
  }

  static let general = -1

  /// Whether the rune does not allow the call: it was not made.
  var isAboutRune: Bool { (1501...1503).contains(code) }
  /// Whether the node has no such method.
  var isNoSuchMethod: Bool { code == -32601 }
  /// Whether the node did not take the parameters.
  var isBadParameter: Bool { code == -32602 }
  /// Whether the invoice was paid already.
  var isAlreadyPaid: Bool { code == 201 || code == 219 }

  /// Errors with which an order to pay ends: nothing more is tried after them.
  ///
  /// Parts of it may still be on their way, which `listpays` tells.
  private static let ends: Set<Int> = [
    203,  // the payee refuses for good
    205,  // no route
    206,  // too expensive, or locked for too long
    207,  // the invoice is expired
    209,  // xpay's other errors
    210,  // no time left to try again
    213,  // the signer does not approve
    215,  // not enough funds
    216,  // the payee cannot be reached
    217,  // the invoice asks for what cannot be
    220,  // the payee cannot take so much
    -32601, -32602, 1501, 1502, 1503,
  ]

  /// Whether nothing more will be tried.
  var endsPayment: Bool { Self.ends.contains(code) }
}
