public import PurserCore

/// What the kernel writes about a process, as text.
public enum ProcessText {
  /// When the process started, in clock ticks since the boot: field 22 of `/proc/PID/stat`
  /// (proc_pid_stat(5)); nil when the text is not that.
  ///
  /// Field 2 is the program's name in parentheses. A program gives itself any name, parentheses,
  /// spaces and line feeds included, so that the name ends at the last parenthesis.
  public static func startTicks(inStat text: [UInt8]) -> UInt64? {
    guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = text[(end + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    // The first field after the name is the third.
    guard fields.count > 22 - 3 else { return nil }
    return UInt64(String(decoding: fields[22 - 3], as: UTF8.self))
  }

  /// The control group of the process, from `/proc/PID/cgroup` (cgroups(7)); nil when the text does
  /// not say, or says two things.
  ///
  /// A line is `hierarchy:controllers:path`. Where there is the one hierarchy of version 2, it is
  /// that one that counts (`0::/path`); else, with version 1 alone, the one by which systemd keeps
  /// its units apart (`name=systemd`); else the place at which all controllers agree.
  public static func controlGroup(in text: [UInt8]) -> ControlGroup? {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    var named: ArraySlice<UInt8>?
    var others: [ArraySlice<UInt8>] = []
    for line in lines {
      let parts = line.split(
        separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      let controllers = String(decoding: parts[1], as: UTF8.self)
      if controllers.isEmpty {
        guard parts[0].elementsEqual("0".utf8) else { return nil }
        return place(parts[2])
      }
      if controllers == "name=systemd" { named = parts[2] }
      others.append(parts[2])
    }
    if let named { return place(named) }
    guard let first = others.first, others.allSatisfy({ $0 == first }) else { return nil }
    return place(first)
  }

  private static func place(_ path: ArraySlice<UInt8>) -> ControlGroup? {
    String(validating: path, as: UTF8.self).flatMap { ControlGroup(reported: $0) }
  }

  /// The id in `/proc/sys/kernel/random/boot_id` (random(4)); nil when the text is not one.
  public static func bootID(in text: [UInt8]) -> BootID? {
    let line = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
    return BootID(String(decoding: line, as: UTF8.self))
  }
}
