internal import Foundation
internal import Glibc

/// CPU seconds, user and system together.
enum CPUTime {
  /// Of this process so far.
  static func ofThisProcess() -> Double {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }

  /// Of one process so far, all its threads together.
  static func of(_ processID: Int32) throws(BenchError) -> Double {
    let stat = try ProcessStat(processID)
    return stat.own
  }

  /// Of a process, those that it started and are still there, and those that it has waited for.
  static func ofFamily(_ processID: Int32) throws(BenchError) -> Double {
    let parent = try ProcessStat(processID)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let children = names.compactMap { Int32($0) }.compactMap { try? ProcessStat($0) }
      .filter { $0.parent == processID }
    return children.reduce(parent.own + parent.ended) { $0 + $1.own + $1.ended }
  }
}

/// What `/proc/PID/stat` says of a process; proc(5).
private struct ProcessStat {
  let parent: Int32
  /// CPU seconds of its own threads, and of its children that have ended.
  let own: Double
  let ended: Double

  init(_ processID: Int32) throws(BenchError) {
    let text = (try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)) ?? ""
    // The name stands in parentheses and may hold anything.
    let rest = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    try require(rest.count > 20, "process \(processID) is gone")
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    func seconds(_ first: Int) -> Double {
      ((Double(rest[first]) ?? 0) + (Double(rest[first + 1]) ?? 0)) / ticks
    }
    parent = Int32(rest[2]) ?? 0
    own = seconds(12)
    ended = seconds(14)
  }
}
