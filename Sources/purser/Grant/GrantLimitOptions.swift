internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

/// The limits of a new grant, made by the daemon or by the holder of a token.
struct GrantLimitOptions: ParsableArguments {
  @Option(help: "What people will see: 1 to 64 bytes.")
  var name: String?

  @Option(
    help: ArgumentHelp(
      "The most that it and everything below it may spend, such as 500sat.", valueName: "amount"),
    transform: ArgumentText.amount)
  var spend: Msat?

  @Option(
    name: .customLong("window"),
    help: ArgumentHelp(
      "The most in a window of time, such as 100sat/1h or 5000sat/day@Europe/Paris; up to four.",
      valueName: "amount/window"), transform: ArgumentText.windowLimit)
  var windows: [SpendLimit] = []

  @Option(
    help: ArgumentHelp(
      "The most for one payment or hold, routing fee included.", valueName: "amount"),
    transform: ArgumentText.amount)
  var payment: Msat?

  @Option(
    name: .customLong("service"),
    help: ArgumentHelp(
      "A service that it may use; may be repeated. All that the grant above may, when missing.",
      valueName: "service"), transform: ArgumentText.name)
  var services: [String] = []

  @Flag(help: "It may use no service at all, only set money aside.")
  var noServices = false

  @Option(
    name: .customLong("capability"),
    help: ArgumentHelp(
      "A capability that it may use of a service, such as weather:forecast; may be repeated.",
      valueName: "service:capability"), transform: ServiceCapability.init(parsing:))
  var capabilities: [ServiceCapability] = []

  @Option(
    help: ArgumentHelp("How long it is good, such as 90s, 1h30m or 7d.", valueName: "duration"),
    transform: ArgumentText.duration)
  var ttl: UInt64?

  @Option(help: ArgumentHelp("Until when it is good, instead.", valueName: "unix seconds"))
  var validUntil: UInt64?

  @Option(help: ArgumentHelp("How many levels may be opened below it.", valueName: "levels"))
  var depth: UInt64?

  @Option(
    name: .customLong("method"),
    help: ArgumentHelp(
      "A method that it may call, such as spend.reserve, or spend.*; may be repeated. All when "
        + "missing.", valueName: "method"))
  var methods: [String] = []

  @Option(
    help: ArgumentHelp(
      "How many operations are admitted, such as 60/1m; up to four.", valueName: "count/window"),
    transform: ArgumentText.callLimit)
  var calls: [CallLimit] = []

  @Option(
    help: ArgumentHelp(
      "A payment above it waits for an operator; with a window, such as 500sat/1h, one with which "
        + "more would be spent in it. Up to four.", valueName: "amount[/window]"),
    transform: ArgumentText.threshold)
  var approveAbove: [SpendLimit] = []

  @Option(
    name: .customLong("peer"),
    help: ArgumentHelp(
      """
      What the process that shows the token must be: uid=1001, gid=100, cgroup=/path (and below \
      it) or pid=NUMBER@START@BOOT; may be repeated, and all of it holds.
      """, valueName: "binding"), transform: PeerArgument.binding)
  var peers: [PeerBinding] = []

  @Option(
    help: ArgumentHelp(
      "Bind it to the process that has this number now, and to no later one.", valueName: "pid"),
    transform: PeerArgument.process)
  var bindPid: ProcessStamp?

  func validate() throws {
    guard ttl == nil || validUntil == nil else {
      throw ValidationError("give --ttl or --valid-until, not both")
    }
    guard !noServices || services.isEmpty else {
      throw ValidationError("give --service or --no-services, not both")
    }
    try checkWindows(windows.map(\.window), "--window")
    try checkWindows(calls.map(\.window), "--calls")
    try checkWindows(approveAbove.map(\.window), "--approve-above")
    let isRepeated =
      Set(services).count < services.count || Set(capabilities).count < capabilities.count
    guard !isRepeated else {
      throw ValidationError("the same --service or --capability is given twice")
    }
    if let (first, second) = PeerBinding.contradiction(in: bindings) {
      throw ValidationError("no process is both \(first.text) and \(second.text)")
    }
    try checkGrammar()
  }

  private func checkWindows<Window: Hashable>(_ windows: [Window], _ option: String) throws {
    guard Set(windows).count == windows.count, windows.count <= GrantLevel.mostWindows else {
      throw ValidationError("give at most four \(option), one for each window")
    }
  }

  /// What is asked of the process that shows the token.
  private var bindings: [PeerBinding] { peers + (bindPid.map { [.process($0)] } ?? []) }

  /// The capabilities that were given, by service.
  private var capabilitiesByService: [String: [String]] {
    Dictionary(grouping: capabilities, by: \.service).mapValues { $0.map(\.capability) }
  }

  /// The only services; nil for no restriction.
  private var onlyServices: [String]? { services.isEmpty && !noServices ? nil : services }

  /// The caveats for a new level that starts at `now`, in Unix seconds.
  func caveats(now: UInt64) -> [GrantCaveat] {
    var caveats: [GrantCaveat] = []
    if let name { caveats.append(.name(name)) }
    if let spend { caveats.append(.spend(spend)) }
    for limit in windows { caveats.append(.spendPer(limit)) }
    if let payment { caveats.append(.payment(payment)) }
    if let onlyServices { caveats.append(.services(onlyServices)) }
    for (service, names) in capabilitiesByService.sorted(by: { $0.key < $1.key }) {
      caveats.append(.capabilities(service: service, names))
    }
    if let end = validUntil ?? ttl.map({ now + $0 }) { caveats.append(.validUntil(end)) }
    if let depth { caveats.append(.depth(depth)) }
    if !methods.isEmpty { caveats.append(.methods(methods)) }
    caveats += calls.map { .calls($0) } + approveAbove.map { .approveAbove($0) }
    return caveats + bindings.map(GrantCaveat.peer)
  }

  /// The parameters of `grant.create`.
  var parameters: GrantCreate.Parameters {
    var parameters = GrantCreate.Parameters()
    parameters.name = name
    parameters.spendMsat = spend
    parameters.windows = windows.isEmpty ? nil : windows.compactMap(WindowLimit.init)
    parameters.paymentMsat = payment
    parameters.services = onlyServices
    parameters.capabilities = capabilities.isEmpty ? nil : capabilitiesByService
    parameters.ttlSeconds = ttl
    parameters.validUntil = validUntil
    parameters.depth = depth
    parameters.methods = methods.isEmpty ? nil : methods
    parameters.calls = calls.isEmpty ? nil : calls.map(CallWindow.init)
    parameters.approveAbove = approveAbove.isEmpty ? nil : approveAbove.map(ApprovalThreshold.init)
    parameters.peer = bindings.isEmpty ? nil : bindings.map(\.text)
    return parameters
  }

  /// A level that could not be read back would refuse its own token.
  private func checkGrammar() throws {
    for caveat in caveats(now: 0) {
      do throws(GrantCaveatError) {
        _ = try GrantCaveat(parsing: Array(caveat.text.utf8))
      } catch { throw ValidationError("this grant cannot be made: \(error)") }
    }
  }
}

/// A capability of a service, `service:capability`.
struct ServiceCapability: Hashable {
  let service: String
  let capability: String

  init(parsing text: String) throws {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      throw ValidationError(
        "'\(Terminal.sanitized(text, limit: 60))' is no capability of a service; write it like "
          + "weather:forecast")
    }
    service = try ArgumentText.name(parts[0])
    capability = try ArgumentText.name(parts[1])
  }
}
