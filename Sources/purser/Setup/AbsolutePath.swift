internal import Glibc

/// Paths that mean the same from every directory.
enum AbsolutePath {
  /// `path` itself when it is absolute, else below the working directory.
  static func of(_ path: String) throws(CommandFailure) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard !path.hasPrefix("/") else { return path }
    guard let working = getcwd(nil, 0) else {
      throw CommandFailure("the working directory cannot be found", hint: "give an absolute path")
    }
    defer { free(working) }
    return path == "." ? String(cString: working) : String(cString: working) + "/" + path
  }

  /// Makes the directory at `path`, which is absolute, and those above it that are missing: mode
  /// 0700.
  /// - Throws: ``CommandFailure`` when one cannot be made, or something else has the path.
  static func makeDirectory(_ path: String) throws(CommandFailure) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw CommandFailure(
          "\(Terminal.sanitized(path)) is not a directory", hint: "choose another --dir")
      }
      return
    }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeDirectory(String(path[..<slash]))
    }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw CommandFailure(
        "cannot make the directory \(Terminal.sanitized(path)): "
          + String(cString: strerror(errno)), hint: "choose another --dir, or make it yourself")
    }
  }
}
