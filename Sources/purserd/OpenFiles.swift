internal import Glibc

/// How many files and connections the process may have open.
enum OpenFiles {
  /// Raises the soft limit to the hard one (getrlimit(2)).
  ///
  /// The soft limit is 1,024 on most machines, for programs that still use select(2), which this
  /// one does not: it would be fewer connections than the configuration allows. Where it cannot be
  /// raised, later connections wait.
  static func raiseLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
