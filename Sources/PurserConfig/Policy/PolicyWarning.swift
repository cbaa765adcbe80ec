/// Something in a policy that is allowed and may not be what was meant.
public struct PolicyWarning: Sendable, Equatable {
  /// What is warned of.
  public enum Reason: Sendable, Equatable {
    /// A claim whose claimant is a user id and nothing else.
    case claimByUserAlone
    /// A claim without any limit on what is spent, and no ceiling either.
    case unlimitedClaim
    /// A claim that states more than a ceiling allows; the ceiling binds.
    case claimAboveCeiling(key: String)
    /// A service without a price ceiling.
    case noPriceCeiling
    /// Copies that nothing binds at the seller are handed out.
    case bareCopies
    /// Nothing is handed out, and there is no other way yet.
    case chargedByRequest
    /// Agents may bring challenges for it, and no payee is listed.
    case challengesNeedPayees
    /// A service that is called by the same origin and path as another.
    case sameSeller(as: String)
  }

  /// The file.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column, from 1, in Unicode scalars.
  public let column: Int
  /// The key, with those that it stands below.
  public let key: String
  /// What is warned of.
  public let reason: Reason
}

extension PolicyWarning: CustomStringConvertible {
  /// `file:line:column: warning:` and the reason, in words.
  public var description: String {
    "\(shownPath(file)):\(line):\(column): warning: \(shown(key)): \(reason)"
  }
}

extension PolicyWarning.Reason: CustomStringConvertible {
  /// What may go wrong, and what to write instead, in one line.
  public var description: String {
    switch self {
    case .claimByUserAlone:
      "every process of this user can claim it, those of an agent too that was talked into it; "
        + "name a cgroup as well, or give it a user of its own"
    case .unlimitedClaim:
      "nothing limits what it spends; give it `spend`, or set `limits.grant_spend`"
    case .claimAboveCeiling(let key):
      "it states more than `\(key)` allows, and the ceiling binds"
    case .noPriceCeiling:
      "there is no `price_ceiling`: a purchase may cost whatever the grant has left"
    case .bareCopies:
      "copies carry no restriction at all, and the seller cannot take back a single one"
    case .chargedByRequest:
      "no copy is handed out: requests go through the gateway, which this version does not have"
    case .challengesNeedPayees:
      "challenges that agents bring are paid to `payees` alone, and none is listed; say "
        + "`bring_challenges: deny`, or list them"
    case .sameSeller(let other):
      "it has the origin and the path of \"\(shown(other))\": a grant for one buys what the other "
        + "sells"
    }
  }
}
