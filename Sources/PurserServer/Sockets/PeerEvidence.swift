internal import NIOCore
internal import PurserCore
internal import PurserPeer
internal import Synchronization

/// What is found out of the process on the other end beyond its credentials, once a token asks.
///
/// Nothing is read before. Which process it is never changes, so that is read once; where it is
/// among the control groups may change, and is read again.
final class PeerEvidence: Sendable {
  private struct State {
    var handle: PeerHandle?
    var stamp: ProcessStamp?
    var cgroup: ControlGroup?
    var cgroupReadAt: NIODeadline?
  }

  private let process: PeerProcess
  private let files: ProcessFiles
  private let openHandle: @Sendable () async -> PeerHandle
  private let state = Mutex(State())

  /// For so long the event loop goes by a control group that was read before.
  private static let freshness = TimeAmount.seconds(1)

  /// What can be found out of `process` from `files`; `openHandle` asks the kernel for a hold on
  /// it, once.
  init(
    of process: PeerProcess, files: ProcessFiles,
    openHandle: @escaping @Sendable () async -> PeerHandle
  ) {
    self.process = process
    self.files = files
    self.openHandle = openHandle
  }

  /// What is known without reading anything; nil when that is not enough for `bindings`.
  func keptIdentity(for bindings: [PeerBinding]) -> PeerIdentity? {
    if bindings.allSatisfy(\.asksForCredentialsAlone) { return PeerIdentity(process) }
    let kept = state.withLock { $0 }
    guard case .process(let handle)? = kept.handle, kept.stamp != nil else { return nil }
    if bindings.contains(where: \.asksForControlGroup) {
      guard let readAt = kept.cgroupReadAt, NIODeadline.now() - readAt < Self.freshness else {
        return nil
      }
    }
    guard handle.isRunning else { return PeerIdentity(process) }
    return PeerIdentity(process, stamp: kept.stamp, cgroup: kept.cgroup, isVouched: true)
  }

  /// What can be found out for `bindings`; it reads files, so not on an event loop.
  func identity(for bindings: [PeerBinding]) async -> PeerIdentity {
    if bindings.allSatisfy(\.asksForCredentialsAlone) { return PeerIdentity(process) }
    switch await handle() {
    case .gone: return PeerIdentity(process)
    case .unsupported: return unvouchedIdentity()
    case .process(let handle):
      let found = read()
      // It ran all the while, so that its number was nobody else's when the files were read.
      guard handle.isRunning else { return PeerIdentity(process) }
      state.withLock { state in
        state.stamp = found.stamp
        state.cgroup = found.cgroup
        state.cgroupReadAt = .now()
      }
      return PeerIdentity(
        process, stamp: found.stamp, cgroup: found.cgroup, isVouched: true)
    }
  }

  private func handle() async -> PeerHandle {
    if let kept = state.withLock({ $0.handle }) { return kept }
    let opened = await openHandle()
    return state.withLock { state in
      let handle = state.handle ?? opened
      state.handle = handle
      return handle
    }
  }

  /// The process of that number before and after its control group was read, if it is one.
  private func unvouchedIdentity() -> PeerIdentity {
    let found = read()
    guard let stamp = found.stamp, files.stamp(of: process.processID) == stamp else {
      return PeerIdentity(process)
    }
    return PeerIdentity(process, stamp: stamp, cgroup: found.cgroup)
  }

  private func read() -> (stamp: ProcessStamp?, cgroup: ControlGroup?) {
    (files.stamp(of: process.processID), files.controlGroup(of: process.processID))
  }
}
