internal import Glibc

/// How fast the disk makes 4 KiB durable, each write followed by `fdatasync`.
struct FsyncProbe {
  /// Where the 4 KiB go.
  enum Place {
    /// To the end of a file, whose new length becomes durable with them.
    case append
    /// Over what stands at the start of a file.
    case overwrite
  }

  let perSecond: Double
  let latency: Histogram

  /// Measures for `seconds` in a file of its own below `directory`.
  init(_ place: Place, in directory: String, seconds: Double = 1) throws(BenchError) {
    let path = directory + "/fsync-probe"
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try require(file >= 0, "\(path): \(lastSystemError())")
    defer {
      close(file)
      unlink(path)
    }
    let block = [UInt8](repeating: 0x5a, count: 4096)
    var latency = Histogram()
    let start = monotonicNanoseconds()
    var now = start
    while now < start + UInt64(seconds * 1e9) {
      let offset = place == .append ? Int(latency.count) * block.count : 0
      try require(
        pwrite(file, block, block.count, offset) == block.count, "\(path): \(lastSystemError())")
      try require(fdatasync(file) == 0, "\(path): \(lastSystemError())")
      let done = monotonicNanoseconds()
      latency.add(done - now)
      now = done
    }
    self.latency = latency
    perSecond = Double(latency.count) / (Double(now - start) / 1e9)
  }
}
