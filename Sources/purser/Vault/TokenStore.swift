internal import FoundationEssentials
internal import Glibc
internal import L402
internal import PurserConfig

/// The directories in which lnget and aperture keep tokens: `<domain>/l402.token`, or just the file.
enum TokenStore {
  /// A file with a token.
  struct File {
    let path: String
    /// The domain that the token is for, as its directory says; nil where that says nothing.
    let domain: String?
    let isPending: Bool
  }

  /// The most directories that are looked into.
  static let maximumCount = 10_000
  /// The file in which lnget keeps the domain that a directory's name may not spell.
  static let domainFile = ".domain"

  /// The files at `path`: a store of many domains, the directory of one, or one file.
  /// - Throws: ``CommandFailure`` where there is none, or too many.
  static func files(at path: String) throws -> [File] {
    guard isDirectory(path) else { return try file(at: path) }
    let own = tokens(in: path)
    guard own.isEmpty else { return own }
    let names = try entries(of: path)
    guard names.count <= maximumCount else {
      throw CommandFailure(
        "\(shown(path)) has more than \(maximumCount) entries", hint: "name one directory of it")
    }
    let found = names.map { "\(path)/\($0)" }.filter(isDirectory).flatMap(tokens)
    guard !found.isEmpty else { throw nothing(at: path) }
    return found
  }

  /// The name of a domain's directory: a colon becomes an underscore, and what is neither a letter
  /// or digit nor `.`, `-` or `_` is left out; nil where nothing usable is left.
  static func directory(for domain: String) -> String? {
    let name = String(
      decoding: domain.utf8.compactMap { byte -> UInt8? in
        switch byte {
        case UInt8(ascii: ":"): UInt8(ascii: "_")
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          byte
        default: nil
        }
      }, as: UTF8.self)
    return ["", ".", ".."].contains(name) ? nil : name
  }

  /// Writes the token of a domain, and its `.domain`, into a store.
  /// - Returns: The path of the file.
  /// - Throws: ``CommandFailure`` where there is a token, paid or not, which stays as it is.
  static func write(_ token: [UInt8], for domain: String, in store: String) throws -> String {
    guard let name = directory(for: domain), let fileName = StoredToken.fileNames.first else {
      throw CommandFailure("\(shown(domain)) makes no name of a directory")
    }
    let directory = "\(store)/\(name)"
    for path in [store, directory] where mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw CommandFailure(
        "cannot make \(shown(path)): \(String(cString: strerror(errno)))")
    }
    if let present = tokens(in: directory).first {
      throw CommandFailure(
        "\(shown(present.path)) is there already", hint: "nothing is overwritten; move it away")
    }
    let path = "\(directory)/\(fileName)"
    do throws(ConfigError) {
      try SecretFile.create(path, token)
      try SecretFile.create("\(directory)/\(domainFile)", Array("\(domain)\n".utf8))
    } catch {
      // The name of the domain may be there from before; the token is what counts.
      guard case .exists(let present) = error, present != path else {
        throw CommandFailure(Terminal.sanitized("\(error)", limit: 500))
      }
    }
    return path
  }

  private static func file(at path: String) throws -> [File] {
    guard access(path, F_OK) == 0 else { throw nothing(at: path) }
    let directory = path.split(separator: "/").dropLast().last.map(String.init)
    return [
      File(
        path: path, domain: domain(of: parent(of: path), named: directory),
        isPending: path.hasSuffix(StoredToken.pendingSuffix))
    ]
  }

  /// The token of one domain: the paid one where there is one, as the clients do.
  private static func tokens(in directory: String) -> [File] {
    let name = directory.split(separator: "/").last.map(String.init)
    for suffix in ["", StoredToken.pendingSuffix] {
      for fileName in StoredToken.fileNames {
        let path = "\(directory)/\(fileName)\(suffix)"
        guard access(path, F_OK) == 0 else { continue }
        return [
          File(path: path, domain: domain(of: directory, named: name), isPending: !suffix.isEmpty)
        ]
      }
    }
    return []
  }

  /// What lnget noted, or else the directory's name, whose last underscore was a colon.
  private static func domain(of directory: String, named name: String?) -> String? {
    if let noted = try? SecretFile.readLine("\(directory)/\(domainFile)") { return noted }
    guard let name, let underscore = name.lastIndex(of: "_") else { return name }
    return "\(name[..<underscore]):\(name[name.index(after: underscore)...])"
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func entries(of path: String) throws -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
      throw CommandFailure("cannot read the directory \(shown(path))")
    }
  }

  private static func nothing(at path: String) -> CommandFailure {
    CommandFailure(
      "there is no token at \(shown(path))",
      hint: "give a store such as ~/.lnget/tokens, the directory of one domain, or a file "
        + "l402.token")
  }

  private static func shown(_ text: String) -> String { Terminal.sanitized(text) }
}
