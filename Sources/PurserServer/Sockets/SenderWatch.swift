internal import NIOCore
internal import PurserCore
internal import PurserPeer
internal import Synchronization

/// Whose bytes a request came in.
enum Sender: Sendable, Equatable {
  /// All of them are from the process that connected.
  case peer
  /// Some are from another one.
  case other(PeerProcess)
  /// Nobody looked.
  case unknown

  /// The sender of a request of which `next` is a later part.
  func joined(with next: Sender) -> Sender {
    switch (self, next) {
    case (.other, _): self
    case (_, .other): next
    case (.unknown, _), (_, .unknown): .unknown
    case (.peer, .peer): .peer
    }
  }
}

/// Notes who sent what a connection reads next.
///
/// Reading goes through SwiftNIO, whose stream channels call read(2) and so see no credentials. But
/// with `SO_PASSCRED` one read never holds bytes of two senders, and nobody else reads from the
/// connection: a look at the head of the queue right before each read (`MSG_PEEK`) tells the sender
/// of all that the read brings. It costs a system call a read, so it ends once the connection shows
/// a token that is bound to nothing.
final class SenderWatch: Sendable {
  private let peer: PeerProcess
  private let descriptor: Int32
  private let isOn = Atomic(true)
  private let noted = Mutex<PeerProcess?>(nil)

  /// Watches the connection with `descriptor`, which stays open for as long as it is read from.
  init(peer: PeerProcess, descriptor: Int32) {
    self.peer = peer
    self.descriptor = descriptor
  }

  /// Whether the next read will be noted.
  var isWatching: Bool { isOn.load(ordering: .relaxed) }

  /// Begins, from any thread, with the next read.
  func begin() { isOn.store(true, ordering: .relaxed) }

  /// Ends, from any thread.
  func end() { isOn.store(false, ordering: .relaxed) }

  /// Looks who sent what the next read brings; right before it, on the event loop.
  fileprivate func noteNext() {
    guard isWatching else { return }
    let sender = PeerSocket.nextSender(on: descriptor)
    noted.withLock { $0 = sender }
  }

  /// Who sent what was just read.
  ///
  /// A note is good for one read: should there be a read without a look, its sender is unknown.
  func takeSender() -> Sender {
    let taken = noted.withLock { noted in
      defer { noted = nil }
      return noted
    }
    guard let sender = taken else { return .unknown }
    return sender == peer ? .peer : .other(sender)
  }
}

/// Gives a connection its buffers, and has its senders noted: SwiftNIO asks for the size of a buffer
/// right before it reads into it.
struct WatchingAllocator: RecvByteBufferAllocator {
  // A connection keeps its buffer while it is idle, and there may be thousands.
  private var sizes = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 16_384)
  private let watch: SenderWatch

  init(watch: SenderWatch) { self.watch = watch }

  func nextBufferSize() -> Int? {
    watch.noteNext()
    return sizes.nextBufferSize()
  }

  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { sizes.buffer(allocator: allocator) }

  mutating func record(actualReadBytes: Int) -> Bool {
    sizes.record(actualReadBytes: actualReadBytes)
  }
}
