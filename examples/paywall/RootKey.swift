internal import FoundationEssentials
internal import Glibc
internal import LibCrypto

/// The 32 bytes from which the keys of all tokens are derived, in a file that only its owner reads.
enum RootKey {
  /// Reads the key, 64 hex digits, from the file at `path`; makes both if there is no such file.
  static func load(path: String) throws -> [UInt8] {
    let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if made >= 0 {
      defer { close(made) }
      let key = randomBytes(32)
      let text = Array((Hex.encode(key) + "\n").utf8)
      guard Glibc.write(made, text, text.count) == text.count, fsync(made) == 0 else {
        throw PaywallError("cannot write the root key to \(path)")
      }
      return key
    }
    guard errno == EEXIST else { throw PaywallError("cannot make the root key file \(path)") }
    let text = try SecretFile.read(path: path)
    guard let key = Hex.decode(text), key.count == 32 else {
      throw PaywallError("\(path) does not hold a root key of 64 hex digits")
    }
    return key
  }
}

/// A small file with one secret in it.
enum SecretFile {
  /// The text of the file without white space around it; nobody but its owner may read the file.
  static func read(path: String) throws -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { throw PaywallError("cannot read \(path)") }
    guard status.st_mode & 0o077 == 0 else {
      throw PaywallError("others can read \(path): run chmod 600 \(path)")
    }
    guard status.st_size <= 4096,
      let data = try? Data(contentsOf: URL(filePath: path)),
      let text = String(data: data, encoding: .utf8)
    else { throw PaywallError("cannot read \(path)") }
    return text.trimmingCharacters(while: \.isWhitespace)
  }
}

/// What stops the server from starting, in words.
struct PaywallError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension String {
  fileprivate func trimmingCharacters(while matches: (Character) -> Bool) -> String {
    let start = drop(while: matches)
    return String(start.reversed().drop(while: matches).reversed())
  }
}
