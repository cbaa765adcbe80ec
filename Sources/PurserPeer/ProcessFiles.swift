internal import Glibc
public import PurserCore

/// What `/proc` shows of the processes of this machine.
///
/// A number may be given to another process between two calls: who must be sure which process was
/// read about checks that it ran before and after.
public struct ProcessFiles: Sendable {
  private let root: String

  /// The longest file that is read; a path of a control group has at most 4,096 bytes.
  private static let longest = 65_536

  /// The files below `root`.
  public init(root: String = "/proc") { self.root = root }

  /// When the process started, in clock ticks since the boot; nil when it is not shown.
  public func startTicks(of processID: Int32) -> UInt64? {
    read("\(processID)/stat").flatMap(ProcessText.startTicks(inStat:))
  }

  /// The control group of the process; nil when it is not shown, or is none that the daemon sees.
  public func controlGroup(of processID: Int32) -> ControlGroup? {
    read("\(processID)/cgroup").flatMap(ProcessText.controlGroup(in:))
  }

  /// The id of this boot; nil when it is not shown.
  public var bootID: BootID? { read("sys/kernel/random/boot_id").flatMap(ProcessText.bootID(in:)) }

  /// Which process has this number now; nil when none is shown.
  public func stamp(of processID: Int32) -> ProcessStamp? {
    guard processID > 0, let ticks = startTicks(of: processID), let bootID else { return nil }
    return ProcessStamp(processID: processID, startTicks: ticks, bootID: bootID)
  }

  private func read(_ name: String) -> [UInt8]? {
    let descriptor = open("\(root)/\(name)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count <= Self.longest {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    }
    return nil
  }
}
