internal import L402
internal import PurserCore

extension Configuration {
  /// The newest version of the format that is read.
  public static let version: UInt64 = 1
  /// The longest path of a socket, in bytes: what `sockaddr_un` holds, less the final zero.
  public static let maximumSocketPathLength = 107

  /// The configuration in the file at `path`; relative paths in it start at the file's directory.
  ///
  /// Sockets that it does not name lie below `XDG_RUNTIME_DIR` of the environment.
  /// - Throws: ``ConfigError``; ``ConfigError/mistakes(_:omitted:)`` tells all that is wrong with
  ///   what stands in the file.
  public static func load(
    _ path: String, environment: [String: String]
  ) throws(ConfigError) -> Configuration {
    let text = try PlainFile.yaml(path)
    let directory = try FilePath.absoluteDirectory(of: path)
    return try parse(text, file: path, directory: directory, environment: environment)
  }

  /// The configuration in `text`; `file` names it in mistakes, and relative paths start at
  /// `directory`, which is absolute.
  /// - Throws: ``ConfigError/mistakes(_:omitted:)``.
  public static func parse(
    _ text: String, file: String, directory: String, environment: [String: String]
  ) throws(ConfigError) -> Configuration {
    let log = MistakeLog(file: file)
    let schema = ConfigurationSchema(directory: directory, environment: environment)
    let configuration = YAMLText.root(of: text, log: log)?.mapping { schema.read($0) }
    return try log.finish(configuration)
  }

  /// Where the sockets lie when the file does not say: in two directories below
  /// `XDG_RUNTIME_DIR/purser`, or `/run/purser` for root without that variable.
  ///
  /// Nil when neither is to be had.
  public static func defaultSockets(
    environment: [String: String], isRoot: Bool
  ) -> (agents: String, operators: String)? {
    let runtime = environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    guard let base = runtime ?? (isRoot ? "/run" : nil) else { return nil }
    let directory = FilePath.resolve("purser", in: base)
    return (directory + "/agents/purser.sock", directory + "/operators/operator.sock")
  }
}
