internal import PurserCore

/// Requests to one LNbits server.
struct LNbitsAPI: Sendable {
  private let http: WalletHTTP

  init(
    url: String, timeoutMilliseconds: UInt32, secrets: [String]
  ) throws(WalletConfigurationError) {
    http = try WalletHTTP(
      name: "LNbits", url: url, timeoutMilliseconds: timeoutMilliseconds, secrets: secrets)
  }

  func get(_ path: String, key: String) async throws(WalletError) -> WalletAnswer {
    try await http.get("api/v1/\(path)", headers: ["X-Api-Key": key])
  }

  func post(
    _ path: String, _ body: some Encodable, key: String
  ) async throws(WalletError) -> WalletAnswer {
    try await http.post("api/v1/\(path)", try .json(body), headers: ["X-Api-Key": key])
  }

  func cleaned(_ text: String) -> String { http.text.cleaned(text) }
}
