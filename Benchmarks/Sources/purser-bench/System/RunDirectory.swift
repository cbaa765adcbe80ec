internal import Foundation
internal import Glibc

/// A directory for everything that one run writes, on a disk; removed at the end.
final class RunDirectory {
  let path: String

  /// Makes it below `parent`, whose path must be short enough for sockets below it.
  init(in parent: String) throws {
    let type = FileSystem(of: parent).type
    try require(
      type != "tmpfs" && type != "ramfs",
      "\(parent) is in memory: choose a directory on a disk with --directory")
    path = "\(parent)/purser-bench.\(getpid())"
    // The servers of the peers run under other users.
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// What a path lies on, as `/proc/self/mounts` says.
struct FileSystem {
  let device: String
  let type: String

  init(of path: String) {
    let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
    var best = (device: "", point: "", type: "")
    for line in mounts.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 2, words[1].utf8.count >= best.point.utf8.count,
        words[1] == "/" || path == words[1] || path.hasPrefix(words[1] + "/")
      else { continue }
      best = (words[0], words[1], words[2])
    }
    device = best.device
    type = best.type
  }
}
