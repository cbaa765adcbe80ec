internal import ArgumentParser
internal import PurserAPI

struct AuditListCommand: DaemonCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List events, oldest first.",
    discussion: "To read on, give the last number that was shown as --after.")

  @Option(help: "Events after this number.")
  var after: UInt64?

  @Option(help: "At most so many: 1 to 1000, 100 when missing.")
  var limit: Int?

  @Option(help: "Events of this grant and of those below it, by id.")
  var grant: NodeArgument?

  @OptionGroup var daemon: DaemonOptions

  func validate() throws {
    guard let limit, !(1...1000).contains(limit) else { return }
    throw ValidationError("--limit is 1 to 1000")
  }

  func run() throws {
    let call = try DaemonCall.asOperator(daemon)
    let node = try grant?.resolve(over: call)
    let parameters = AuditList.Parameters(after: after, limit: limit, node: node)
    let reply = try call.plain(AuditList.self, parameters)
    daemon.show(reply) { reply in
      let archived = reply.archived.map { ["(the events up to \($0) are in archives)"] } ?? []
      return archived + AuditText.list(reply.events)
    }
  }
}
