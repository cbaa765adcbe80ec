import Glibc

/// The calls to the C library that a fault can meet: bits that `faultlayer.c` knows as well.
struct FileCalls: OptionSet, Sendable {
  let rawValue: UInt64

  /// A write to the database file: a checkpoint is at work.
  static let mainWrite = FileCalls(rawValue: 1)
  static let logWrite = FileCalls(rawValue: 2)
  /// The first write to the log since its last sync: a group begins to be written.
  static let firstLogWrite = FileCalls(rawValue: 4)
  /// A write to the head of the log, which then begins anew.
  static let logHeader = FileCalls(rawValue: 8)
  static let mainSync = FileCalls(rawValue: 16)
  /// A group is committed once this call has succeeded.
  static let logSync = FileCalls(rawValue: 32)
}

/// What happens to a call.
enum FaultAction: Sendable {
  case killBefore
  case killAfter
  /// It fails and does nothing, so many times in a row; 0 for until the plan is taken back.
  case fail(errno: Int32, times: UInt64)
  /// So many thousandths of a write are done, then the process is killed.
  case tear(thousandths: UInt64)
  /// So many thousandths of a write are done, then each fails for want of space until the plan is
  /// taken back.
  case fill(thousandths: UInt64)
  /// It waits until the test lets it go on, once.
  case waitBefore
  /// It is done, and returns when the test lets it go on, once.
  case waitAfter

  /// The words of the control file: action, argument, times.
  fileprivate var words: [UInt64] {
    switch self {
    case .killBefore: [1, 0, 0]
    case .killAfter: [2, 0, 0]
    case .fail(let errno, let times): [3, UInt64(errno), times]
    case .tear(let thousandths): [4, thousandths, 0]
    case .fill(let thousandths): [5, thousandths, 0]
    case .waitBefore: [6, 0, 1]
    case .waitAfter: [7, 0, 1]
    }
  }
}

/// One fault: it lets `skip` of the calls pass and meets the next.
struct FaultStep: Sendable {
  let calls: FileCalls
  var skip: UInt64 = 0
  let action: FaultAction

  fileprivate var words: [UInt64] { [calls.rawValue, skip] + action.words }
}

/// The file through which a test tells the layer in the daemon what to do, and the layer what it
/// did: three counters, then room for four steps.
struct FaultControl: Sendable {
  let path: String

  private static let mostSteps = 4
  private static let wordsInStep = 5
  private static let counters = 3

  init(path: String) throws {
    self.path = path
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try check(descriptor >= 0, "no control file")
    close(descriptor)
    let count = Self.counters + Self.mostSteps * Self.wordsInStep
    try write([UInt64](repeating: 0, count: count), at: 0)
  }

  /// Sets the steps, of which each waits for the one before, and counts from zero again.
  func arm(_ steps: [FaultStep]) throws {
    try check(steps.count <= Self.mostSteps, "too many steps")
    try disarm()
    let empty = [UInt64](repeating: 0, count: Self.wordsInStep)
    let words = steps.map(\.words) + Array(repeating: empty, count: Self.mostSteps - steps.count)
    try write([0, 0] + words.flatMap(\.self), at: 1)
    try write([1], at: 0)
  }

  /// Takes the steps back.
  func disarm() throws { try write([0], at: 0) }

  /// Lets what waits go on.
  func pass() throws { try write([try fired], at: 2) }

  /// How many calls met a fault.
  var fired: UInt64 { get throws { try word(1) } }

  private func write(_ words: [UInt64], at index: Int) throws {
    try file { descriptor in
      pwrite(descriptor, words, words.count * 8, off_t(index * 8)) == words.count * 8
    }
  }

  private func word(_ index: Int) throws -> UInt64 {
    var word: UInt64 = 0
    try file { pread($0, &word, 8, off_t(index * 8)) == 8 }
    return word
  }

  private func file(_ body: (Int32) -> Bool) throws {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    try check(descriptor >= 0, "no control file")
    defer { close(descriptor) }
    try check(body(descriptor), "the control file cannot be used")
  }
}
