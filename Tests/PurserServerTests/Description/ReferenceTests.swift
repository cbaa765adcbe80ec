import Foundation
import PurserAPI
import PurserCore
import Testing

@testable import PurserServer

/// The reference page and the recorded examples: `make reference` writes them anew.
@Suite struct ReferenceTests {
  private static let root = URL(
    filePath: "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/"))
  private static let files = (
    page: root.appending(path: "docs/REFERENCE.md"),
    examples: root.appending(path: "Sources/PurserAPI/Description/RecordedExamples.swift")
  )

  @Test func `the reference is what the daemon says and does`() async throws {
    let run = try ReferenceRun()
    try await run.run()
    let table = MethodTable(try TestDaemon().coordinator)
    let methods = table.entries.values.map(\.description)
    #expect(Set(run.exchanges.keys) == Set(methods.map(\.name)), "each method needs an example")
    for method in methods {
      guard let exchange = run.exchanges[method.name] else { continue }
      // Every reply is as it was described, and has nothing that was not.
      let faults = SchemaValidator(method.reply.json, isStrict: method.name != Discover.name)
        .faults(in: exchange.reply)
      #expect(faults == [], "\(method.name)")
      let parameters = SchemaValidator(
        JSONSchema.object(method.parameters).json, isStrict: true)
      #expect(parameters.faults(in: exchange.parameters) == [], "\(method.name)")
    }
    #expect(run.notifications.first?.contains(#""method":"audit.event""#) == true)
    let page = ReferencePage(
      methods: methods,
      examples: run.exchanges.mapValues { exchange in
        .init(parameters: run.shown(exchange.parameters), reply: run.shown(exchange.reply))
      })
    if ProcessInfo.processInfo.environment["PURSER_WRITE_REFERENCE"] != nil {
      try Data(page.markdown.utf8).write(to: Self.files.page)
      try Data(page.swift.utf8).write(to: Self.files.examples)
    }
    let isCurrent =
      try page.markdown == String(contentsOf: Self.files.page, encoding: .utf8)
      && page.swift == String(contentsOf: Self.files.examples, encoding: .utf8)
    #expect(isCurrent, "docs/REFERENCE.md or the examples are stale: run `make reference`")
  }
}
