public import PurserCore

/// A file of expected decisions of a policy.
public struct PolicyTestFile: Sendable {
  /// The newest version of the format that is read.
  public static let version: UInt64 = 1
  /// The most cases in one file.
  public static let maximumCases = 10_000

  /// The path of the policy, a file or a directory.
  public let policyPath: String
  /// The time at which the cases are decided.
  public let now: Timestamp
  /// The cases, in the order of the file.
  public let cases: [PolicyCase]

  /// Reads the file at `path`; a relative path of the policy in it starts at its own directory.
  /// - Throws: ``ConfigError``.
  public static func load(
    _ path: String, calendar: (any SpendCalendar)? = nil
  ) throws(ConfigError) -> PolicyTestFile {
    let text = try PlainFile.yaml(path)
    return try parse(
      text, file: path, directory: FilePath.directory(of: path), calendar: calendar)
  }

  /// Reads `text`; `file` names it in mistakes, and relative paths start at `directory`.
  /// - Throws: ``ConfigError/mistakes(_:omitted:)``.
  public static func parse(
    _ text: String, file: String, directory: String, calendar: (any SpendCalendar)? = nil
  ) throws(ConfigError) -> PolicyTestFile {
    let log = MistakeLog(file: file)
    let tables = PolicyTestTables(calendar: calendar)
    let read = YAMLText.root(of: text, log: log)?.mapping { root -> PolicyTestFile? in
      guard root.checkVersion(newest: version) else { return nil }
      let policy = root.required("policy", .path)
      let now = root.optional("now", .moment) ?? 1_767_225_600
      let cases = root.required("cases")?.items(maximum: maximumCases)?.compactMap(tables.read)
      guard let policy, let cases else { return nil }
      return PolicyTestFile(
        policyPath: FilePath.resolve(policy, in: directory), now: Timestamp(seconds: now),
        cases: cases)
    }
    return try log.finish(read)
  }

  /// Decides every case under the policy that the file names.
  /// - Throws: ``ConfigError`` when that policy cannot be read.
  public func run(calendar: any SpendCalendar) throws(ConfigError) -> [PolicyCaseOutcome] {
    let policy = try PolicyFile.read(policyPath, calendar: calendar).edition.policy
    return cases.map { $0.run(under: policy, at: now, calendar: calendar) }
  }
}

/// The keys of a file of expected decisions.
struct PolicyTestTables {
  let calendar: (any SpendCalendar)?

  /// One entry of `cases`.
  var testCase: [TableKey<PolicyCase>] {
    [
      TableKey("name", .line, to: \.name, isRequired: true, "What people see."),
      TableKey(
        "claim", .name, to: \.claim,
        "The claim of the policy that is the top level. Without it `levels` begins with the top."),
      TableKey(
        "levels",
        schema: .list(of: .mapping(level), maximum: GrantChain.maximumLevels)
          .adding(["uniqueItems": .bool(false)]),
        "The levels of the grant, the top one, or the one below the claim, first."
      ) { field, policyCase in
        policyCase.levels = (field.items(maximum: GrantChain.maximumLevels) ?? []).map(readLevel)
      },
      TableKey("service", .name, to: \.proposal.service, "What is bought of."),
      TableKey(
        "capabilities", listOf: .name, to: \.proposal.capabilities,
        "What is asked for of it; all that may be had when left out."),
      TableKey(
        "amount", .positiveAmount, to: \.proposal.amount,
        "What it costs, without routing, or what is set aside."),
      TableKey("payee", .publicKey, to: \.proposal.payee, "Whom the invoice pays."),
      TableKey(
        "brought", .truth, to: \.proposal.isBrought,
        "Whether the agent brings the challenge itself."),
      TableKey(
        "method", .methodName, to: \.proposal.method,
        "The method that is called; `credential.request`, `challenge.pay` or `spend.reserve` when "
          + "left out, whichever fits."),
      TableKey(
        "process", schema: .mapping(process), "Who shows the token; nobody looks when left out."
      ) { field, policyCase in
        policyCase.proposal.peer = field.mapping { section in
          var found = Claimant()
          section.read(process, into: &found)
          return found.identity
        }
      },
      TableKey(
        "expect", .choice, to: \.expected, isRequired: true,
        "What is to become of it: `allow`, `approve` or `deny`."),
      TableKey(
        "rule", .line, to: \.rule,
        "The rule that is to decide, such as `policy:price_ceiling`; any when left out."),
    ]
  }

  /// `process`.
  private var process: [TableKey<Claimant>] {
    [
      TableKey("uid", .userOrGroup, to: \.userID, "Its user id."),
      TableKey("gid", .userOrGroup, to: \.groupID, "Its group id."),
      TableKey("cgroup", .controlGroup, to: \.controlGroup, "Its control group."),
    ]
  }

  /// One entry of `levels`.
  var level: [TableKey<PolicyCase.Level>] {
    GrantTables(calendar: calendar).limits.map { $0.within(\.limits) } + [
      TableKey("spent", .amount, to: \.spent, "What its holder has spent, a moment ago."),
      TableKey(
        "operations", .number(0...1_000_000_000), to: \.operations,
        "How many operations of its holder were admitted, a moment ago."),
      TableKey("state", .choice, to: \.state, "Whether it is `active`, `frozen` or `revoked`."),
      TableKey("age", .duration, to: \.ageSeconds, "How long ago `grant.create` made it."),
    ]
  }

  func read(_ field: Field) -> PolicyCase? {
    field.mapping { section in
      var policyCase = PolicyCase()
      section.read(testCase, into: &policyCase)
      policyCase.place = field.place
      return policyCase
    }
  }

  private func readLevel(_ field: Field) -> PolicyCase.Level {
    field.mapping { section in
      var found = PolicyCase.Level()
      section.read(level, into: &found)
      return found
    } ?? PolicyCase.Level()
  }
}

extension Claimant {
  /// A process that the kernel vouches for; what a case does not say of it fits nothing.
  fileprivate var identity: PeerIdentity {
    // No user and no group has this number.
    let process = PeerProcess(
      processID: 1, userID: userID ?? .max, groupID: groupID ?? .max)
    return PeerIdentity(process, cgroup: controlGroup, isVouched: true)
  }
}
