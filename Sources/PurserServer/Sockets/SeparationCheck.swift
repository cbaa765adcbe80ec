internal import Glibc

/// Whether users that must be no agents could use the agents' socket.
public struct SeparationCheck: Sendable {
  private let owner: UInt32
  private let ownerGroup: UInt32
  private let groupsOfUser: @Sendable (UInt32) -> Set<UInt32>

  /// A check for a socket that belongs to `owner`, and to `ownerGroup` unless it is given to
  /// another; `groupsOfUser` has the groups of a user.
  public init(
    owner: UInt32, ownerGroup: UInt32,
    groupsOfUser: @escaping @Sendable (UInt32) -> Set<UInt32> = Self.groups(ofUser:)
  ) {
    self.owner = owner
    self.ownerGroup = ownerGroup
    self.groupsOfUser = groupsOfUser
  }

  /// Those of `users` that a socket of these permissions lets connect.
  ///
  /// Root is left out: no permission keeps it from anything.
  public func users(
    of users: Set<UInt32>, letInBy access: SocketAccess
  ) -> [UInt32] {
    users.subtracting([0]).filter { mayConnect($0, access) }.sorted()
  }

  /// As the kernel decides it: the first of owner, group and others that a user belongs to counts
  /// (path_resolution(7)); to connect takes the right to write.
  private func mayConnect(_ user: UInt32, _ access: SocketAccess) -> Bool {
    if user == owner { return access.mode & 0o200 != 0 }
    if groupsOfUser(user).contains(access.groupID ?? ownerGroup) {
      return access.mode & 0o020 != 0
    }
    return access.mode & 0o002 != 0
  }

  /// The groups of a user by the system's databases; none for a user that they do not have.
  public static func groups(ofUser user: UInt32) -> Set<UInt32> {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 65_536)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil else {
      return []
    }
    var count: Int32 = 65_536
    var groups = [gid_t](repeating: 0, count: Int(count))
    guard getgrouplist(entry.pw_name, entry.pw_gid, &groups, &count) >= 0 else {
      return [entry.pw_gid]
    }
    return Set(groups.prefix(Int(count)))
  }
}
