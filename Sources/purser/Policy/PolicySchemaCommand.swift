internal import ArgumentParser
internal import PurserConfig

struct PolicySchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of policies, for editors.",
    discussion: """
      For one that understands it, put a comment at the top of the policy: \
      '# yaml-language-server: $schema=policy.schema.json'.
      """)

  @Flag(help: "That of files of expected decisions instead.")
  var tests = false

  func run() { print(tests ? PolicySchema.tests : PolicySchema.policy, terminator: "") }
}
