import FoundationEssentials
import PurserConfig
import PurserCore
import Testing

/// The policies that people start from, and what editors know of them.
@Suite struct ShippedPolicyTests {
  /// The folder of the project.
  private static let root =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  static let names = ["developer", "held", "strict", "team"]

  @Test func `each policy that is shipped has a test beside it`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.root + "/policies")
    let expected = Self.names.flatMap { ["\($0).test.yaml", "\($0).yaml"] } + ["README.md"]
    #expect(files.sorted() == expected.sorted())
  }

  @Test(arguments: names)
  func `a shipped policy decides as its test expects`(name: String) throws {
    let file = try PolicyTestFile.parse(
      text("policies/\(name).test.yaml"), file: "\(name).test.yaml",
      directory: Self.root + "/policies", calendar: UTCDays())
    let texts = [("\(name).yaml", try text("policies/\(name).yaml"))]
    let policy = try PolicyFile.read(texts, calendar: UTCDays()).edition.policy
    for tested in file.cases {
      let outcome = tested.run(under: policy, at: file.now, calendar: UTCDays())
      #expect(outcome.fault == nil, "\(tested.place) \(tested.name)")
    }
    #expect(file.cases.count >= 5)
  }

  @Test func `nothing is warned of in the strict policy`() throws {
    let texts = [("strict.yaml", try text("policies/strict.yaml"))]
    #expect(try PolicyFile.read(texts).warnings == [])
  }

  @Test func `the schemas that are shipped are those of this version`() throws {
    #expect(try text("docs/policy.schema.json") == PolicySchema.policy)
    #expect(try text("docs/policy-test.schema.json") == PolicySchema.tests)
  }

  @Test func `the reference has every key`() throws {
    let page = try text("docs/POLICY.md")
    let schema = try JSONDecoder().decode(
      CanonicalJSON.self, from: Data(PolicySchema.policy.utf8))
    let names = Self.keys(of: schema)
    #expect(names.count > 30)
    for name in names { #expect(page.contains("| `\(name)` |"), "\(name) is not on the page") }
  }

  /// Every name of a property, at any depth.
  private static func keys(of schema: CanonicalJSON) -> Set<String> {
    var found: Set<String> = []
    switch schema {
    case .object(let members):
      for (name, member) in members {
        if name == "properties", case .object(let properties) = member {
          found.formUnion(properties.keys)
        }
        found.formUnion(keys(of: member))
      }
    case .array(let values): for value in values { found.formUnion(keys(of: value)) }
    default: break
    }
    return found
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(Self.root)/\(path)", encoding: .utf8)
  }
}

/// A calendar of days alone, in whatever time zone of Europe: they begin at midnight in UTC.
struct UTCDays: SpendCalendar {
  func bounds(
    of period: CalendarPeriod, zone: String, at time: Timestamp
  ) -> (start: Timestamp, end: Timestamp)? {
    guard zone.hasPrefix("Europe/") else { return nil }
    let day = time.milliseconds / 86_400_000
    return (
      Timestamp(milliseconds: day * 86_400_000), Timestamp(milliseconds: (day + 1) * 86_400_000)
    )
  }
}
