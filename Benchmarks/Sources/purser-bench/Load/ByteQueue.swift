internal import Glibc

/// Bytes that wait: written at the end, taken from the front, without a copy for each of them.
final class ByteQueue {
  private var storage: UnsafeMutableRawPointer
  private var capacity: Int
  private var start = 0
  private var end = 0

  init(capacity: Int = 1 << 16) {
    storage = .allocate(byteCount: capacity, alignment: 16)
    self.capacity = capacity
  }

  deinit { storage.deallocate() }

  var count: Int { end - start }
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage + start, count: count) }

  /// Room for `size` bytes at the end; what is filled of it is then added by `grow`.
  func room(_ size: Int) -> UnsafeMutableRawPointer {
    if capacity - end < size { makeRoom(size) }
    return storage + end
  }

  func grow(_ size: Int) { end += size }

  func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    memcpy(room(bytes.count), source, bytes.count)
    end += bytes.count
  }

  func dropFirst(_ size: Int) {
    start += size
    if start == end { (start, end) = (0, 0) }
  }

  private func makeRoom(_ size: Int) {
    let waiting = count
    if capacity - waiting >= size, start >= waiting {
      memcpy(storage, storage + start, waiting)
    } else {
      capacity = max(capacity * 2, waiting + size)
      let bigger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
      memcpy(bigger, storage + start, waiting)
      storage.deallocate()
      storage = bigger
    }
    (start, end) = (0, waiting)
  }
}
