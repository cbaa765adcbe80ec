import Glibc
import PurserConfig
import PurserCore

/// The lines of what `read` throws; empty when it throws nothing.
func complaint(_ read: () throws(ConfigError) -> Void) -> [String] {
  do throws(ConfigError) {
    try read()
    return []
  } catch { return error.description.split(separator: "\n").map(String.init) }
}

/// What is said of a policy, after `p.yaml:`.
func policyComplaint(_ text: String) -> [String] {
  complaint { () throws(ConfigError) in
    _ = try PolicyFile.read([("p.yaml", text)], calendar: UTCDays())
  }
  .map { $0.hasPrefix("p.yaml:") ? String($0.dropFirst(7)) : $0 }
}

/// What is said of a configuration, after `c.yaml:`.
func configurationComplaint(
  _ text: String, environment: [String: String] = ["XDG_RUNTIME_DIR": "/run/user/1000"]
) -> [String] {
  complaint { () throws(ConfigError) in
    _ = try Configuration.parse(
      text, file: "c.yaml", directory: "/etc/purser", environment: environment)
  }
  .map { $0.hasPrefix("c.yaml:") ? String($0.dropFirst(7)) : $0 }
}

/// A directory that is removed when the test is done with it.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/purser-config-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ConfigError.unwritable(path: "/tmp", code: errno) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    // Tests put nothing but files into it.
    guard let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      unlink("\(path)/\(name)")
    }
    closedir(directory)
    rmdir(path)
  }

  /// Puts a file there and gives its path.
  func file(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
    try file(name, bytes: Array(text.utf8), mode: mode)
  }

  func file(_ name: String, bytes: [UInt8], mode: mode_t = 0o600) throws -> String {
    let path = "\(path)/\(name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ConfigError.unwritable(path: path, code: errno) }
    defer { close(descriptor) }
    guard write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else {
      throw ConfigError.unwritable(path: path, code: errno)
    }
    return path
  }
}

/// SplitMix64: the same seed gives the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
