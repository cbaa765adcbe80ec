internal import Glibc

/// A bar on standard error that says how far a body is.
final class FetchProgress {
  private let isOn: Bool
  private let start: UInt64
  private let length: UInt64?
  private let begin = ContinuousClock.now
  private var next = ContinuousClock.now + .milliseconds(200)
  private var isShown = false

  /// A bar for a body of `length` bytes, or of unknown length, of which `start` bytes are there.
  init(isOn: Bool, from start: UInt64, length: UInt64?) {
    self.isOn = isOn
    self.start = start
    self.length = length
  }

  /// Shows that `count` bytes came, unless it is too soon.
  func show(_ count: UInt64) {
    guard isOn, ContinuousClock.now >= next else { return }
    next = .now + .milliseconds(200)
    draw(count)
  }

  /// Leaves the last state behind, if any was shown.
  func end(at count: UInt64) {
    guard isShown else { return }
    draw(count)
    Self.write("\n")
  }

  private func draw(_ count: UInt64) {
    isShown = true
    let line = Self.line(
      count: count, from: start, length: length, seconds: (ContinuousClock.now - begin).seconds)
    Self.write("\r\(line)\u{1b}[K")
  }

  /// The line for `count` bytes beside the `start` that were there.
  static func line(count: UInt64, from start: UInt64, length: UInt64?, seconds: Double) -> String {
    // Floating point, since a server may say any length.
    let done = Double(start) + Double(count)
    let speed = seconds > 0 ? size(Double(count) / seconds) + "/s" : ""
    guard let length, length > 0 else { return "\(size(done))  \(speed)" }
    let share = min(1, done / (Double(start) + Double(length)))
    let filled = Int(share * 30)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 30 - filled)
    return "[\(bar)] \(Int(share * 100))%  \(size(done))  \(speed)"
  }

  private static func size(_ bytes: Double) -> String {
    // More than anybody has, and exact in an integer.
    let bytes = UInt64(min(bytes, 1e15))
    var tenths = bytes * 10
    guard bytes >= 1024 else { return "\(bytes) B" }
    for unit in ["KiB", "MiB"] {
      tenths /= 1024
      guard tenths >= 10_240 else { return "\(tenths / 10).\(tenths % 10) \(unit)" }
    }
    tenths /= 1024
    return "\(tenths / 10).\(tenths % 10) GiB"
  }

  private static func write(_ text: String) {
    let bytes = Array(text.utf8)
    // It is only told: what cannot be written is left out.
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
