/// One thing that is wrong with a YAML file, and where it stands.
public struct Mistake: Sendable, Equatable {
  /// The file, as it was named by whoever had it read.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column, from 1, in Unicode scalars.
  public let column: Int
  /// The key, with those that it stands below, such as `services.weather.origins[0]`; empty for
  /// the file as a whole.
  public let key: String
  /// What is wrong.
  public let fault: Fault

  /// What can be wrong.
  public enum Fault: Sendable, Equatable {
    /// Not YAML; the parser's words.
    case syntax(String)
    /// A character that a text file has no use for.
    case controlCharacter(UInt32)
    /// An anchor (`&name`).
    case anchor
    /// The `?` of a key that is not a plain word.
    case keyIndicator
    /// A tag (`!name`).
    case tag
    /// A second document in the file.
    case secondDocument
    /// A key that is not a plain word.
    case notAKey
    /// A key that stands twice in one mapping.
    case repeatedKey(String)
    /// A key that is not one, the key that was probably meant, and the ones that there are.
    case unknownKey(String, nearest: String?, allowed: [String])
    /// A key that must be there and is not.
    case missingKey(String)
    /// A mapping, list or value in the place of another of these.
    case wrongKind(found: String, expected: String)
    /// A key without a value.
    case noValue(expected: String)
    /// A value that the key does not take.
    case badValue(found: String, expected: String)
    /// A version of the format that this program does not read.
    case unknownVersion(found: UInt64, newest: UInt64)
    /// More entries than a list or a mapping may have.
    case tooMany(maximum: Int)
    /// An entry that stands in the list already.
    case repeatedItem(String)
    /// The id of a service that differs from another's only in case.
    case idLikeAnother(String)
    /// A name that was defined before, and where.
    case definedTwice(first: String)
    /// The name of a service that the policy does not have, and the one that was probably meant.
    case unknownService(String, nearest: String?)
    /// A capability that the policy does not list for its service.
    case unknownCapability(String, service: String, nearest: String?)
    /// Two limits for one window, or for all time.
    case windowTwice(String)
    /// More windows than a grant may have.
    case tooManyWindows(maximum: Int)
    /// A claim that says nothing of who may claim it.
    case nobodyMayClaim
    /// What no process can be at once.
    case contradiction(String, String)
    /// A way to charge that needs a price, or a price without one.
    case chargePrice(isMissing: Bool)
    /// A directory in which no policy is.
    case noPolicyFiles
    /// `hash_binding: none` without a payee pin or a price ceiling.
    case unboundPurchase
    /// A service whose invoices are paid whoever made them.
    case invoicesNeedPayees
    /// A service whose tokens can carry no caveat and may not be handed out without.
    case nothingToHandOut
    /// A list of operators with nobody in it.
    case noOperators
    /// Two sockets in one directory.
    case socketsTogether
    /// A socket's path that is longer than the system takes, in bytes.
    case socketPathTooLong(maximum: Int)
    /// One of two keys that shut each other out.
    case eitherOr(String, String)
    /// Neither of two keys of which one must be there.
    case neitherOf(String, String)
    /// A certificate to trust for a URL without TLS.
    case certificateWithoutTLS
    /// No value, and no default either, since the environment names no place for it.
    case noDefaultPlace(variable: String)
  }
}

extension Mistake: CustomStringConvertible {
  /// `file:line:column:` and the fault, in words.
  public var description: String {
    let place = "\(shownPath(file)):\(line):\(column): "
    return place + (key.isEmpty || !fault.needsKey ? "" : "\(shown(key)): ") + fault.description
  }
}

extension Mistake.Fault: CustomStringConvertible {
  /// What is wrong and what is allowed, in one line.
  public var description: String {
    switch self {
    case .syntax(let problem):
      "not valid YAML: \(shown(problem))"
    case .controlCharacter(let value):
      "a control character (U+\(String(value, radix: 16, uppercase: true)))"
    case .anchor:
      "anchors (&name) are refused, inside comments and quotes too; write the value out"
    case .keyIndicator:
      "a ? before a key is refused, inside comments and quotes too; a key is a plain word"
    case .tag:
      "tags (!name) are refused; leave it out"
    case .secondDocument:
      "a second document (after `---`) is refused; one file is one document"
    case .notAKey:
      "a key must be a plain word"
    case .repeatedKey(let key):
      "\"\(shown(key))\" stands more than once in the same mapping, first here"
    case .unknownKey(let key, let nearest?, _):
      "unknown key \"\(shown(key))\"; did you mean \"\(nearest)\"?"
    case .unknownKey(let key, nil, let allowed):
      "unknown key \"\(shown(key))\"; expected \(alternatives(allowed))"
    case .missingKey(let key):
      "\"\(key)\" is missing"
    case .wrongKind(let found, let expected):
      "found \(found); expected \(expected)"
    case .noValue(let expected):
      "there is no value; expected \(expected)"
    case .badValue(let found, let expected):
      "found \"\(shown(found))\"; expected \(expected)"
    case .unknownVersion(let found, let newest):
      "version \(found) of the format; this program reads \(newest)"
    default: ruleDescription
    }
  }

  private var ruleDescription: String {
    switch self {
    case .tooMany(let maximum):
      "more than \(maximum) entries"
    case .repeatedItem(let item):
      "\"\(shown(item))\" stands more than once in the list"
    case .idLikeAnother(let other):
      "the id differs from \"\(shown(other))\" only in upper and lower case"
    case .definedTwice(let first):
      "it is defined a second time; the first is at \(first)"
    case .unknownService(let name, let nearest):
      "the policy has no service \"\(shown(name))\"" + meant(nearest)
    case .unknownCapability(let name, let service, let nearest):
      "the policy lists no capability \"\(shown(name))\" of \"\(shown(service))\"" + meant(nearest)
    case .windowTwice(let window):
      "two limits for the same window (\(shown(window)))"
    case .tooManyWindows(let maximum):
      "limits for more than \(maximum) windows"
    case .nobodyMayClaim:
      "it does not say who may claim it; give `uid`, `gid` or `cgroup`, better two of them"
    case .contradiction(let first, let second):
      "no process is both \(shown(first)) and \(shown(second)), so nobody could use the grant"
    case .chargePrice(true):
      "`charge` of this kind needs a `charge_price`"
    case .chargePrice(false):
      "`charge_price` goes with `charge: shared`, `per_credential` or `per_request`"
    case .noPolicyFiles:
      "the directory holds no file whose name ends in .yaml"
    case .unboundPurchase:
      "`hash_binding: none` needs `payees` or a `price_ceiling`: without them nothing binds what "
        + "is paid to what is bought"
    case .invoicesNeedPayees:
      "`invoices: allow` needs `payees`: without them an agent could have itself paid"
    case .nothingToHandOut:
      "nothing could be handed out: the tokens carry no caveat (`caveats: []`) and may not be "
        + "given out without one; list a caveat, or say `bare: allow`"
    case .noOperators:
      "nobody would be an operator; name one, or leave it out for the daemon's own user"
    case .socketsTogether:
      "the two sockets need two directories, so that a sandbox can show agents one and hide the "
        + "other"
    case .socketPathTooLong(let maximum):
      "a socket's path has at most \(maximum) bytes; choose a shorter directory"
    case .eitherOr(let first, let second):
      "it does not go with `\(first)`; give `\(first)` or `\(second)`, not both"
    case .neitherOf(let first, let second):
      "give `\(first)` or `\(second)`"
    case .certificateWithoutTLS:
      "a certificate goes with an https URL"
    case .noDefaultPlace(let variable):
      "there is no value, and no default since \(variable) is not set to an absolute path"
    default: ""
    }
  }

  private func meant(_ nearest: String?) -> String {
    nearest.map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// Whether the message needs to say which key it speaks of.
  fileprivate var needsKey: Bool {
    switch self {
    case .syntax, .controlCharacter, .anchor, .keyIndicator, .tag, .secondDocument, .notAKey,
      .repeatedKey:
      false
    default: true
    }
  }
}
