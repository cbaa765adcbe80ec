import Foundation
import Glibc

/// Builds the few pieces of tests that are in C, beside the test bundle.
enum CCompiler {
  /// Compiles `source` to the file `name`, and gives its path.
  static func build(_ source: URL, as name: String, options: [String] = []) throws -> String {
    let programs = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let built = programs.appending(path: name).path()
    let fresh = "\(built).\(getpid())"
    // The Swift toolchain has a clang; another C compiler does as well.
    for compiler in ["clang", "cc"] {
      let all = options + ["-O2", "-Wall", "-Wextra", "-Werror", "-o", fresh, source.path()]
      let run = try ChildProcess("/usr/bin/env", [compiler] + all, log: "\(built).log")
      guard try run.waitForExit(seconds: 60) == 0 else { continue }
      try check(rename(fresh, built) == 0, "\(name) cannot be put in its place")
      return built
    }
    throw Failure("\(source.path()) does not compile with clang or cc; see \(built).log")
  }
}
