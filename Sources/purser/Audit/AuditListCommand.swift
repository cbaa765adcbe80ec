internal import ArgumentParser
internal import PurserAPI
internal import PurserCore

struct AuditListCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List events, oldest first, or follow them.",
    discussion: """
      To read on, give the last number that was shown as --after. With --follow the daemon sends \
      each event as it is committed, after those behind --after where that is given, until it is \
      interrupted; as JSON, one event a line.
      """)

  @Option(help: "Events after this number.")
  var after: UInt64?

  @Option(help: "At most so many: 1 to 1000, 100 when missing.")
  var limit: Int?

  @Option(help: "Events of this grant and of those below it, by id.")
  var grant: NodeArgument?

  @Flag(help: "Go on with events as they are committed.")
  var follow = false

  @Option(
    help: ArgumentHelp(
      "With --follow, events with this action alone: grant.revoke, 'spend.*'; may be repeated.",
      valueName: "action"))
  var action: [String] = []

  @OptionGroup var daemon: DaemonOptions

  func validate() throws {
    if follow, limit != nil { throw ValidationError("--limit has no meaning with --follow") }
    if !follow, !action.isEmpty { throw ValidationError("--action goes with --follow") }
    guard let limit, !(1...1000).contains(limit) else { return }
    throw ValidationError("--limit is 1 to 1000")
  }

  func run() async throws {
    let call = try DaemonCall.asOperator(daemon)
    let node = try await grant?.resolve(over: call)
    guard !follow else { return try await follow(over: call, node) }
    let parameters = AuditList.Parameters(after: after, limit: limit, node: node)
    let reply = try await call.plain(AuditList.self, parameters)
    daemon.show(reply) { reply in
      let archived = reply.archived.map { ["(the events up to \($0) are in archives)"] } ?? []
      return archived + AuditText.list(reply.events)
    }
  }

  private func follow(over call: DaemonCall, _ node: NodeID?) async throws {
    let parameters = AuditSubscribe.Parameters(
      after: after, node: node, actions: action.isEmpty ? nil : action)
    try await call.follow(parameters) { notice in
      switch notice {
      case .event(let event):
        let entry = AuditList.Reply.Event(seq: event.seq, event: event.event, hash: event.hash)
        Terminal.writeLine(daemon.printsJSON ? JSONLine.text(entry) : AuditText.line(entry))
      case .lost(let lost):
        Terminal.writeError(
          "\(lost.count) events were left out, since they were read too slowly",
          hint: "they come after number \(lost.after): purser audit list --after \(lost.after)")
      case .ended(let ended):
        throw CommandFailure(
          "the daemon cannot read its log after event \(ended.after)", reason: "storage")
      }
    }
  }
}
