internal import Logging
internal import PurserConfig
internal import PurserCore
internal import PurserLedger
internal import PurserServer

extension PolicySource {
  /// The policy in the file or the directory at `path`, which is read again at each reload.
  /// - Throws: `ConfigError` when it cannot be read now.
  convenience init(reading path: String, _ log: Logger) throws(ConfigError) {
    let first = try PolicyFile.read(path, calendar: SystemCalendar())
    for warning in first.warnings { log.warning("policy", metadata: ["warning": "\(warning)"]) }
    self.init(first.edition) {
      do throws(ConfigError) {
        let next = try PolicyFile.read(path, calendar: SystemCalendar())
        return .read(next.edition, warnings: next.warnings.map(\.description))
      } catch { return .refused(error.description.split(separator: "\n").map(String.init)) }
    }
  }
}
