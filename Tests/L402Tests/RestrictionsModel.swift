/// A plain evaluation of caveats as the reference seller does it, for tests to compare with: over
/// text, one condition after the other, with nothing shared with the code under test.
struct PlainSeller {
  let caveats: [String]

  func serves(_ service: String, _ capability: String, at now: Int) -> Bool {
    serves("services", isNarrower: Self.isServicesSubset) { list in
      Self.services(list)?.contains(service) == true
    }
      && serves("\(service)_capabilities", isNarrower: Self.isListSubset) { list in
        Self.list(list).contains(capability)
      }
      && serves("\(service)_valid_until", isNarrower: Self.isEarlier) { text in
        Int(text).map { now < $0 } ?? false
      }
  }

  private func serves(
    _ condition: String, isNarrower: (String, String) -> Bool, allows: (String) -> Bool
  ) -> Bool {
    let values = caveats.filter { $0.hasPrefix(condition + "=") }
      .map { String($0.dropFirst(condition.count + 1)) }
    for (before, after) in zip(values, values.dropFirst()) where !isNarrower(after, before) {
      return false
    }
    return values.last.map(allows) ?? true
  }

  private static func list(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  private static func services(_ text: String) -> [String]? {
    let pairs = list(text).map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    guard pairs.allSatisfy({ $0.count == 2 && !$0[0].isEmpty && Int($0[1]) != nil }) else {
      return nil
    }
    return pairs.map { String($0[0]) }
  }

  private static func isServicesSubset(_ after: String, _ before: String) -> Bool {
    guard let after = services(after), let before = services(before) else { return false }
    return after.allSatisfy(before.contains)
  }

  private static func isListSubset(_ after: String, _ before: String) -> Bool {
    list(after).allSatisfy(list(before).contains)
  }

  private static func isEarlier(_ after: String, _ before: String) -> Bool {
    guard let after = Int(after), let before = Int(before) else { return false }
    return after <= before
  }
}
