internal import Logging
internal import PurserCore
internal import PurserServer
internal import ServiceLifecycle
internal import UnixSignals

/// Serves the sockets; at the end it waits for what is in flight.
struct SocketService: ServiceLifecycle.Service {
  let sockets: SocketServer
  let coordinator: Coordinator
  let log: Logger

  func run() async throws {
    try await sockets.start()
    log.info("ready")
    try await gracefulShutdown()
    coordinator.stopWaitingForOperators()
    await sockets.stop()
  }
}

/// Follows payments whose outcome is unknown; at the end it waits for purchases under way.
struct PaymentWatcher: ServiceLifecycle.Service {
  let coordinator: Coordinator

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await coordinator.watchUnknownPayments { try await Task.sleep(for: .milliseconds($0)) }
    }
    await coordinator.drainPurchases()
  }
}

/// Reads the policy anew at each SIGHUP.
struct PolicyReloader: ServiceLifecycle.Service {
  let coordinator: Coordinator
  let hangUps: UnixSignalsSequence

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in hangUps { await coordinator.reloadPolicy() }
    }
  }
}

/// Writes counted refusals to the audit log each second, and once more at the end.
struct RefusalFlusher: ServiceLifecycle.Service {
  let refusals: RefusalLog

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: .seconds(1))
        await refusals.flush()
      }
    }
    await refusals.flush(isLast: true)
  }
}

/// Takes archived events out of the database that the last daemon did not get to; then signs a
/// checkpoint of the audit log when it has grown, at each interval and once at the end.
struct LogKeeper: ServiceLifecycle.Service {
  let coordinator: Coordinator
  let interval: Duration
  let log: Logger

  func run() async throws {
    do throws(Refusal) { try await coordinator.trimLog() } catch {
      log.warning("archived events are still in the database: \(error)")
    }
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: interval)
        await sign()
      }
    }
    await sign()
  }

  private func sign() async {
    do throws(Refusal) { try await coordinator.checkpointIfGrown() } catch {
      log.warning("no checkpoint of the audit log was made: \(error)")
    }
  }
}
