/// What a `peer` caveat asks of the process on the other end of the socket.
///
/// `uid=1001`, `gid=100`, `pid=4242@starttime@bootid` or `cgroup=/path`. A number alone names a
/// process only for as long as it runs, so that a process goes by its start and the boot as well.
public enum PeerBinding: Sendable, Equatable, Hashable {
  /// A process of this user.
  case user(UInt32)
  /// A process whose main group is this one.
  case group(UInt32)
  /// This process and no other.
  case process(ProcessStamp)
  /// A process in this control group, or in one below it.
  case cgroup(ControlGroup)
}

extension PeerBinding {
  /// Reads the value of a `peer` caveat; nil when it is not one.
  public init?(_ text: some StringProtocol) {
    let utf8 = text.utf8
    guard let separator = utf8.firstIndex(of: UInt8(ascii: "=")),
      utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { return nil }
    let value = text[utf8.index(after: separator)...]
    let binding: PeerBinding? =
      switch String(text[..<separator]) {
      case "uid": Self.identifier(value).map(PeerBinding.user)
      case "gid": Self.identifier(value).map(PeerBinding.group)
      case "pid": ProcessStamp(value).map(PeerBinding.process)
      case "cgroup": ControlGroup(bindingTo: value).map(PeerBinding.cgroup)
      default: nil
      }
    guard let binding else { return nil }
    self = binding
  }

  /// The value of the caveat.
  public var text: String {
    switch self {
    case .user(let id): "uid=\(id)"
    case .group(let id): "gid=\(id)"
    case .process(let stamp): "pid=\(stamp.text)"
    case .cgroup(let group): "cgroup=\(group.path)"
    }
  }

  /// A user or group; the greatest number stands for none in every call that takes one.
  private static func identifier(_ digits: some StringProtocol) -> UInt32? {
    guard let number = decimal(digits), number < UInt64(UInt32.max) else { return nil }
    return UInt32(number)
  }

  /// The first two bindings that no process can fit together; nil when there are none.
  public static func contradiction(
    in bindings: [PeerBinding]
  ) -> (PeerBinding, PeerBinding)? {
    // The narrowest of each kind: what fits it fits those that came before.
    var user: PeerBinding?
    var group: PeerBinding?
    var process: PeerBinding?
    var cgroup: (binding: PeerBinding, group: ControlGroup)?
    for binding in bindings {
      switch binding {
      case .user:
        if let user, user != binding { return (user, binding) }
        user = binding
      case .group:
        if let group, group != binding { return (group, binding) }
        group = binding
      case .process:
        if let process, process != binding { return (process, binding) }
        process = binding
      case .cgroup(let next):
        guard let known = cgroup else {
          cgroup = (binding, next)
          continue
        }
        if known.group.contains(next) {
          cgroup = (binding, next)
        } else if !next.contains(known.group) {
          return (known.binding, binding)
        }
      }
    }
    return nil
  }
}

/// One process of one machine, for all time.
public struct ProcessStamp: Sendable, Hashable {
  /// Its number.
  public let processID: Int32
  /// When it started, in clock ticks since the boot (proc_pid_stat(5), field 22).
  public let startTicks: UInt64
  /// Which boot.
  public let bootID: BootID

  /// The process `processID` that started at `startTicks` of the boot `bootID`.
  public init(processID: Int32, startTicks: UInt64, bootID: BootID) {
    self.processID = processID
    self.startTicks = startTicks
    self.bootID = bootID
  }

  /// Reads `4242@starttime@bootid`; nil when it is not that.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 3, let number = decimal(parts[0]), let processID = Int32(exactly: number),
      processID > 0, let startTicks = decimal(parts[1]), let bootID = BootID(parts[2])
    else { return nil }
    self.init(processID: processID, startTicks: startTicks, bootID: bootID)
  }

  /// As in a caveat.
  public var text: String { "\(processID)@\(startTicks)@\(bootID.text)" }
}

/// The id that the kernel gives each boot (`/proc/sys/kernel/random/boot_id`).
public struct BootID: Sendable, Hashable {
  /// 32 lower-case hex digits in groups of 8, 4, 4, 4 and 12.
  public let text: String

  /// Reads an id; nil when it is not one.
  public init?(_ text: some StringProtocol) {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12],
      groups.allSatisfy({ $0.utf8.allSatisfy(Self.isHexDigit) })
    else { return nil }
    self.text = String(text)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}

/// The place of a process in the tree of control groups.
public struct ControlGroup: Sendable, Hashable {
  /// From the root of the tree that the daemon sees, such as `/system.slice/agents.service`.
  public let path: String

  /// The longest path that a caveat may name, in bytes.
  public static let maximumBindingLength = 512

  /// A place as the kernel tells it; nil when it is outside of the tree that the daemon sees, or
  /// no place any more.
  ///
  /// A path out of the daemon's own namespace begins with `/..`, and that of a group that was
  /// removed ends with ` (deleted)` (cgroup_namespaces(7), cgroups(7)).
  public init?(reported path: some StringProtocol) {
    guard Self.isWhole(path), !Self.ends(path, with: " (deleted)") else { return nil }
    self.path = String(path)
  }

  /// The place that a caveat names: visible ASCII; nil when it is not written in the one way in
  /// which the kernel writes it.
  public init?(bindingTo path: some StringProtocol) {
    guard path.utf8.count <= Self.maximumBindingLength,
      path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), Self.isWhole(path)
    else { return nil }
    self.path = String(path)
  }

  /// Whether `other` is this group or one below it.
  public func contains(_ other: ControlGroup) -> Bool {
    // Bytes and not characters: a letter with an accent begins with the letter in UTF-8.
    let (own, found) = (path.utf8, other.path.utf8)
    guard own.count > 1 else { return true }
    guard found.starts(with: own) else { return false }
    let rest = found.dropFirst(own.count)
    return rest.isEmpty || rest.first == UInt8(ascii: "/")
  }

  /// Whether a path begins at the root and has no part that is empty or points elsewhere.
  private static func isWhole(_ path: some StringProtocol) -> Bool {
    guard path.utf8.first == UInt8(ascii: "/") else { return false }
    guard path.utf8.count > 1 else { return true }
    return path.utf8.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
    ).allSatisfy { part in
      !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
    }
  }

  private static func ends(_ path: some StringProtocol, with end: String) -> Bool {
    path.utf8.suffix(end.utf8.count).elementsEqual(end.utf8)
  }
}

/// The number that 1 to 16 decimal digits without a leading zero spell, 0 to 2^53−1.
private func decimal(_ text: some StringProtocol) -> UInt64? {
  let digits = text.utf8
  guard (1...16).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0"),
    digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
    let number = UInt64(text), number <= Msat.max.value
  else { return nil }
  return number
}
