/// Why a request that is answered with 402 gets no credential.
enum NoCredential: Equatable {
  /// There is no grant token.
  case noToken
  /// No service of the grant has the origin.
  case noService(String)
  /// More than one service has it.
  case severalServices([String])
  /// The server was not verified.
  case unverified
  /// The request has an `Authorization` header of its own.
  case ownHeader
  /// The answer comes from another origin than was asked.
  case redirected(String)

  /// The failure, with what can be done about it.
  var failure: FetchFailure {
    let (message, hint) = words
    return FetchFailure(.failed, "payment_required", message, hint: hint)
  }

  private var words: (message: String, hint: String) {
    switch self {
    case .noToken:
      (
        "the server asks to be paid, and there is no grant token",
        "set PURSER_TOKEN, or --token-file"
      )
    case .noService(let origin):
      (
        "the server asks to be paid, and your grant has no service at \(origin)",
        "`purser status` lists its services; an operator adds one to the policy"
      )
    case .severalServices(let names):
      (
        "the server asks to be paid, and several services are there: "
          + names.joined(separator: ", "), "say which with --service"
      )
    case .unverified:
      (
        "the server asks to be paid, and --insecure shows no credential to anybody",
        "leave out --insecure: who cannot be verified is not paid"
      )
    case .ownHeader:
      (
        "the server asks to be paid, and the request has an Authorization header of its own",
        "leave that header out"
      )
    case .redirected(let origin):
      (
        "a redirect led to \(origin), which asks to be paid",
        "fetch that URL itself if it is meant: no redirect leads to a payment elsewhere"
      )
    }
  }
}
