internal import Glibc
internal import LibCrypto
public import PurserCore

/// The policy's files: which services exist, which grants can be claimed, and the ceilings that no
/// grant can exceed.
public enum PolicyFile {
  /// The newest version of the format that is read.
  public static let version: UInt64 = 1
  /// The most services in one file.
  public static let maximumServices = 4096
  /// The most claims in one file.
  public static let maximumClaims = 1024
  /// The most files in one directory.
  public static let maximumFiles = 256

  /// A policy with what is to be said of it.
  public struct Reading: Sendable {
    /// The policy, and the files that it was read from.
    public let edition: PolicyEdition
    /// What may not be what was meant, in the order of files and lines.
    public let warnings: [PolicyWarning]
  }

  /// The policy in the file at `path`, or, where that is a directory, in its files whose names end
  /// in `.yaml` and not in `.test.yaml`, in the order of their names.
  ///
  /// Time zones that `calendar` does not know are mistakes; without one, any name passes.
  /// - Throws: ``ConfigError``; ``ConfigError/mistakes(_:omitted:)`` tells all that is wrong with
  ///   what stands in the files.
  public static func read(
    _ path: String, calendar: (any SpendCalendar)? = nil
  ) throws(ConfigError) -> Reading {
    let paths = try PolicyDirectory.files(at: path) ?? [path]
    guard !paths.isEmpty else {
      let mistake = Mistake(file: path, line: 1, column: 1, key: "", fault: .noPolicyFiles)
      throw .mistakes([mistake], omitted: 0)
    }
    var texts: [(file: String, text: String)] = []
    for path in paths { texts.append((path, try PlainFile.yaml(path))) }
    return try read(texts, calendar: calendar)
  }

  /// The policy in the file or the directory at `path`, without what is to be said of it.
  /// - Throws: As ``read(_:calendar:)``.
  public static func load(_ path: String) throws(ConfigError) -> Policy {
    try read(path).edition.policy
  }

  /// The policy in `text`; `file` names it in mistakes.
  /// - Throws: ``ConfigError/mistakes(_:omitted:)``.
  public static func parse(_ text: String, file: String) throws(ConfigError) -> Policy {
    try read([(file, text)]).edition.policy
  }

  /// The policy in several texts, each with the file that it is from.
  /// - Throws: ``ConfigError/mistakes(_:omitted:)``.
  public static func read(
    _ texts: [(file: String, text: String)], calendar: (any SpendCalendar)? = nil
  ) throws(ConfigError) -> Reading {
    let reader = PolicyReader(calendar: calendar)
    var log: MistakeLog?
    var isWhole = true
    var files: [PolicyEdition.File] = []
    for (file, text) in texts {
      let own = log?.beside(file: file) ?? MistakeLog(file: file)
      log = own
      isWhole = reader.read(text, log: own) && isWhole
      let name = file.split(separator: "/").last.map(String.init) ?? file
      files.append(
        PolicyEdition.File(name: name, digest: Hex.encode(SHA256.hash(Array(text.utf8)))))
    }
    let finished = log ?? MistakeLog(file: "")
    // What claims name can be looked up only when every service was read.
    let policy = isWhole ? reader.finish() : nil
    let found = try finished.finish(policy)
    return Reading(
      edition: PolicyEdition(policy: found, files: files), warnings: finished.warnings)
  }
}

/// Directories of policy files.
private enum PolicyDirectory {
  /// The files in the directory at `path`, in the order of their names' bytes; nil when it is none.
  static func files(at path: String) throws(ConfigError) -> [String]? {
    guard let directory = opendir(path) else {
      if errno == ENOTDIR { return nil }
      throw .unreadable(path: path, code: errno)
    }
    defer { closedir(directory) }
    var status = stat()
    guard fstat(dirfd(directory), &status) == 0 else {
      throw .unreadable(path: path, code: errno)
    }
    // Who may put a file there decides about money, too.
    guard status.st_mode & 0o022 == 0 else {
      throw .writableByOthers(path: path, mode: status.st_mode & 0o7777)
    }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      // Tests of a policy may lie beside it.
      guard name.hasSuffix(".yaml"), !name.hasSuffix(".test.yaml"), !name.hasPrefix(".") else {
        continue
      }
      names.append(name)
      guard names.count <= PolicyFile.maximumFiles else {
        throw .tooManyFiles(path: path, maximum: PolicyFile.maximumFiles)
      }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { path + "/" + $0 }
  }
}

extension Section {
  /// Whether the file's `version` is one that is read; else it is reported, and nothing besides.
  func checkVersion(newest: UInt64) -> Bool {
    guard let found = required("version", .number(1...9999)) else { return true }
    guard found != newest else { return true }
    self["version"]?.report(.unknownVersion(found: found, newest: newest))
    takeAnyKey()
    return false
  }
}
