internal import PurserCore

/// The keys of ceilings, of claims, and of the limits that a claim grants.
struct GrantTables {
  /// Whose time zones may be named; any when nil.
  let calendar: (any SpendCalendar)?

  /// The most limits in one list: one in all, and one for each window.
  private static let maximumLimits = GrantLevel.mostWindows + 1

  /// `limits`.
  var ceilings: [TableKey<Policy>] {
    [
      TableKey(
        "grant_lifetime", .duration, to: \.grantLifetimeSeconds,
        "The longest life of a top-level grant, from its making on. 30d when left out."),
      spendLimits(
        "grant_spend",
        "The most that a top-level grant and all below it may spend, in all (`50_000sat`) and in "
          + "windows (`5_000sat/day@Europe/Paris`): one value or a list. No ceiling when left out."
      ) { limits, policy in
        policy.ceilings.spend = limits.amount(per: nil)
        policy.ceilings.windows = limits.filter { $0.window != nil }
      },
      TableKey(
        "grant_payment", .positiveAmount, to: \.ceilings.payment,
        "The most for one payment or one hold of any grant, routing included. No ceiling when "
          + "left out."),
      TableKey(
        "valid_until", .moment, to: \.ceilings.validUntilSeconds,
        "The day, or the moment in UTC, from which on every grant is over. Never when left out."),
      TableKey(
        "hold_lifetime", .duration, to: \.holdLifetimeSeconds,
        "The longest that money set aside by `spend.reserve` stays so. 1h when left out."),
      TableKey(
        "descendants", .number(1...1_000_000), to: \.descendants,
        "The most grants below one top-level grant. 10000 when left out."),
      TableKey(
        "idempotency_lifetime", .duration, to: \.idempotencyLifetimeSeconds,
        "How long an answer is repeated for its idempotency key. 7d when left out."),
      TableKey(
        "stuck_after", .duration, to: \.stuckAfterSeconds,
        "After how long a payment that nobody knows the end of shows as stuck. 10m when left out."),
      TableKey(
        "peer_check", .choice, to: \.peerCheck,
        "How sure the daemon must be of the process that a token is bound to: `strong` (the "
          + "default) has the kernel vouch for it (Linux 6.5), `weak` takes its number and start."),
    ]
  }

  /// One entry of `claims`.
  var claim: [TableKey<Claim>] {
    claimant.map { $0.within(\.claimant) } + limits.map { $0.within(\.limits) }
  }

  private var claimant: [TableKey<Claimant>] {
    [
      TableKey(
        "uid", .userOrGroup, to: \.userID,
        "The user id that a process must have to claim it."),
      TableKey(
        "gid", .userOrGroup, to: \.groupID,
        "The group id that a process must have to claim it."),
      TableKey(
        "cgroup", .controlGroup, to: \.controlGroup,
        "The control group that a process must be in, or below, to claim it."),
    ]
  }

  /// What a grant may do.
  var limits: [TableKey<GrantLimits>] {
    spending + reach
  }

  private var spending: [TableKey<GrantLimits>] {
    [
      spendLimits(
        "spend",
        "The most that it and all below it may spend, in all and in windows: one value or a list."
      ) { limits, grant in grant.spend = limits },
      TableKey(
        "payment", .positiveAmount, to: \.payment,
        "The most for one payment or one hold, routing included."),
      spendLimits(
        "approve_above",
        "A payment that goes beyond it, by itself or in a window, waits for an operator: one value "
          + "or a list."
      ) { limits, grant in grant.approveAbove = limits },
    ]
  }

  private var reach: [TableKey<GrantLimits>] {
    [
      TableKey(
        "services", listOf: .name, to: \.services,
        "The only services that it may use. All of the policy when left out."),
      TableKey(
        "capabilities",
        schema: .entries(.list(of: ValueKind<String>.name.schema, maximum: 256), maximum: 256),
        "The only capabilities, by service. All of a service when left out."
      ) { field, grant in
        for entry in field.entries(maximum: 256) {
          if let names = entry.field.list(of: .name, maximum: 256) {
            grant.capabilities[entry.key] = names
          }
        }
      },
      TableKey(
        "methods", listOf: .method, to: \.methods,
        "The only methods that it may call, such as `credential.*`."),
      calls,
      TableKey(
        "peer", listOf: .peerBinding, to: \.peers, maximum: 16,
        "What the process that shows its token, or one of a grant below it, must be: `uid=1001`, "
          + "`gid=100`, `cgroup=/agents.slice` or below."),
      TableKey("ttl", .duration, to: \.lifetimeSeconds, "The life of its token."),
      TableKey(
        "valid_until", .moment, to: \.validUntilSeconds,
        "The day, or the moment in UTC, from which on it is over."),
      TableKey(
        "depth", .number(0...UInt64(GrantChain.maximumLevels)), to: \.depth,
        "How many levels may be opened below it."),
    ]
  }

  private var calls: TableKey<GrantLimits> {
    let kind = ValueKind<CallLimit>.callLimit(calendar)
    return TableKey(
      "calls", schema: .oneOrList(of: kind.schema, maximum: GrantLevel.mostWindows),
      "The most operations of it and all below it in windows, such as `100/1m`: one value or a list."
    ) { field, grant in
      guard let limits = field.listOrValue(of: kind, maximum: GrantLevel.mostWindows) else {
        return
      }
      field.reportRepeated(limits.map(\.window))
      grant.calls = limits
    }
  }

  /// A key with one limit or a list of them, at most one for each window.
  private func spendLimits<Target>(
    _ name: String, _ meaning: String, _ set: @escaping ([SpendLimit], inout Target) -> Void
  ) -> TableKey<Target> {
    let kind = ValueKind<SpendLimit>.spendLimit(calendar)
    return TableKey(
      name, schema: .oneOrList(of: kind.schema, maximum: Self.maximumLimits), meaning
    ) { field, target in
      // What is too much for a grant is told as such, so the list may be longer here.
      guard let limits = field.listOrValue(of: kind, maximum: 64) else { return }
      field.reportRepeated(limits.map(\.window))
      if limits.count(where: { $0.window != nil }) > GrantLevel.mostWindows {
        field.report(.tooManyWindows(maximum: GrantLevel.mostWindows))
      }
      set(limits, &target)
    }
  }
}

extension Field {
  /// Reports the first window that stands there twice.
  fileprivate func reportRepeated(_ windows: [SpendWindow?]) {
    for (index, window) in windows.enumerated() where windows[..<index].contains(window) {
      report(.windowTwice(window?.text ?? "in all"))
      return
    }
  }
}

extension CanonicalJSON {
  /// The schema of a list, or of the one value that stands for it.
  fileprivate static func oneOrList(of item: CanonicalJSON, maximum: Int) -> CanonicalJSON {
    .object(["anyOf": .array([item, .list(of: item, minimum: 0, maximum: maximum)])])
  }
}
