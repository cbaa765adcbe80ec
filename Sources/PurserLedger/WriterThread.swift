internal import Dispatch
internal import Glibc

/// A thread of its own for the writer, since it blocks on the disk.
final class WriterThread: Sendable {
  private let finished = DispatchSemaphore(value: 0)

  /// Runs `body` on a new thread.
  init(_ body: sending @escaping () -> Void) throws(LedgerOpenError) {
    let work = Work(body: body, finished: finished)
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(work).toOpaque())
    guard code == 0 else { throw .system(path: "the writer's thread", code: code) }
    pthread_detach(thread)
  }

  /// Waits until `body` has returned and everything that it held is gone.
  ///
  /// To be called once.
  func join() { finished.wait() }

  private final class Work {
    private var body: (() -> Void)?
    private let finished: DispatchSemaphore

    init(body: @escaping () -> Void, finished: DispatchSemaphore) {
      self.body = body
      self.finished = finished
    }

    func run() {
      body?()
      body = nil
      finished.signal()
    }
  }
}
