internal import Glibc
internal import PurserCore

extension Starter {
  /// Writes what a fresh installation needs, all of it or nothing.
  ///
  /// That is new key files and the starter's policy where `configuration` says, and
  /// `configuration` itself at `path`; `now`, in Unix seconds, is when the key is made. The directories must be there. Every file has mode 0600.
  /// - Throws: ``ConfigError/exists(path:)`` when one of the four exists, and nothing is touched;
  ///   ``ConfigError/mistakes(_:omitted:)`` when `configuration` would not be read back, such as
  ///   for a socket's path that is too long; ``ConfigError/unwritable(path:code:)``.
  public static func install(
    _ configuration: Configuration, at path: String, now: UInt64? = nil
  ) throws(ConfigError) {
    let text = Starter.configuration(configuration)
    let directory = try FilePath.absoluteDirectory(of: path)
    _ = try Configuration.parse(text, file: path, directory: directory, environment: [:])
    let paths = [
      configuration.keyFile, configuration.auditKeyFile, configuration.policyFile, path,
    ]
    for path in paths {
      var status = stat()
      if lstat(path, &status) == 0 { throw .exists(path: path) }
    }
    var made: [String] = []
    do throws(ConfigError) {
      try KeyFile.create(configuration.keyFile, madeAt: now)
      made.append(configuration.keyFile)
      try AuditKeyFile.create(configuration.auditKeyFile)
      made.append(configuration.auditKeyFile)
      try PlainFile.create(configuration.policyFile, Array(policy.utf8))
      made.append(configuration.policyFile)
      try PlainFile.create(path, Array(text.utf8))
    } catch {
      for path in made { unlink(path) }
      throw error
    }
  }
}
