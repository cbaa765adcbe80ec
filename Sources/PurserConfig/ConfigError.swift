/// Why a file of the configuration was not read or written.
///
/// No case carries what stands in a secret file.
public enum ConfigError: Error, Sendable, Equatable {
  /// The file cannot be opened or read; `code` is the system's `errno`.
  case unreadable(path: String, code: Int32)
  /// The file cannot be written; `code` is the system's `errno`.
  case unwritable(path: String, code: Int32)
  /// Something is there already, and it is never overwritten.
  case exists(path: String)
  /// A directory, a pipe or a device.
  case notRegularFile(path: String)
  /// More than `maximum` bytes.
  case tooLarge(path: String, maximum: Int)
  /// A directory with more than `maximum` files.
  case tooManyFiles(path: String, maximum: Int)
  /// Not UTF-8.
  case notUTF8(path: String)
  /// Others than the owner may change a file that decides about money.
  case writableByOthers(path: String, mode: UInt32)
  /// Others than the owner may read or change a secret.
  case secretOpenToOthers(path: String, mode: UInt32)
  /// A secret that belongs to another user, by uid.
  case secretOfAnotherUser(path: String, owner: UInt32)
  /// A secret that should be one line of text and is not.
  case notOneLine(path: String)
  /// A line of a key file, counted from 1, that does not read as it should.
  case keyFile(path: String, line: Int, fault: KeyFileFault)
  /// Another process is changing the key file.
  case keyFileInUse(path: String)
  /// A change that the keys in the file do not allow.
  case keyChange(path: String, fault: KeyChangeFault)
  /// A line of an audit key file, counted from 1, that does not read as it should.
  case auditKeyFile(path: String, line: Int, fault: AuditKeyFileFault)
  /// A file that the operators' passphrase cannot be checked with.
  case passphraseFile(path: String)
  /// What is wrong with a YAML file, in the order of its lines, and how many more there are.
  case mistakes([Mistake], omitted: Int)
}

/// Why the keys in a key file do not change as they were asked to.
public enum KeyChangeFault: Error, Sendable, Equatable {
  /// There is no key of this number.
  case noSuchKey(UInt64)
  /// The key of this number is the current one.
  case isCurrent(UInt64)
  /// The file has as many keys as it may hold.
  case tooManyKeys
  /// There is no greater number for a new key.
  case noNumberLeft
}

/// What is wrong with a line of a key file.
public enum KeyFileFault: Error, Sendable, Equatable {
  /// The first line is not `purser-key-v1`.
  case notAKeyFile
  /// Not a number, 64 hex digits, and perhaps `made=` with a time and `current`.
  case notAKey
  /// The number stands on an earlier line too.
  case repeatedNumber(UInt64)
  /// A second key is marked `current`.
  case secondCurrent
  /// No key is marked `current`; the line is the last one.
  case noCurrent
  /// More keys than a file may hold.
  case tooManyKeys
}

extension ConfigError: CustomStringConvertible {
  /// What happened and what to do about it; one line, but for mistakes, which have one each.
  public var description: String {
    switch self {
    case .unreadable(let path, let code):
      "cannot read \(shownPath(path)): \(systemMessage(code))"
    case .unwritable(let path, let code):
      "cannot write \(shownPath(path)): \(systemMessage(code))"
    case .exists(let path):
      "\(shownPath(path)) exists already, and is never overwritten; "
        + "choose another path or move it away"
    case .notRegularFile(let path):
      "\(shownPath(path)) is not a regular file"
    case .tooLarge(let path, let maximum):
      "\(shownPath(path)) is larger than \(maximum) bytes"
    case .tooManyFiles(let path, let maximum):
      "\(shownPath(path)) holds more than \(maximum) files"
    case .notUTF8(let path):
      "\(shownPath(path)) is not UTF-8 text"
    case .writableByOthers(let path, let mode):
      "others may change \(shownPath(path)) (mode \(octal(mode))); "
        + "run: chmod go-w \(shellWord(path))"
    case .secretOpenToOthers(let path, let mode):
      "\(shownPath(path)) is a secret that others may open (mode \(octal(mode))); "
        + "run: chmod 600 \(shellWord(path))"
    case .secretOfAnotherUser(let path, let owner):
      "\(shownPath(path)) is a secret that belongs to another user (uid \(owner)); "
        + "run as that user, or give it to yours with chown"
    case .notOneLine(let path):
      "\(shownPath(path)) should hold one line of text and nothing else"
    case .keyFileInUse(let path):
      "\(shownPath(path)) is being changed by another 'purser key' command; wait until it has ended"
    case .keyChange(let path, let fault):
      "\(shownPath(path)): \(fault)"
    case .keyFile(let path, let line, let fault):
      "\(shownPath(path)):\(line): \(fault)"
    case .auditKeyFile(let path, let line, let fault):
      "\(shownPath(path)):\(line): \(fault)"
    case .passphraseFile(let path):
      "\(shownPath(path)) is no passphrase file; make one with: purser passphrase \(shellWord(path))"
    case .mistakes(let mistakes, let omitted):
      mistakes.map(\.description).joined(separator: "\n")
        + (omitted == 0 ? "" : "\nand \(omitted) more")
    }
  }
}

extension KeyChangeFault: CustomStringConvertible {
  /// Why not, and what to do instead.
  public var description: String {
    switch self {
    case .noSuchKey(let number): "there is no key \(number); see: purser key list"
    case .isCurrent(let number):
      "key \(number) is the current one; run first: purser key rotate"
    case .tooManyKeys:
      "it has \(KeyFile.maximumKeys) keys, which is the most; retire one: purser key retire NUMBER"
    case .noNumberLeft: "there is no greater number for a new key"
    }
  }
}

extension KeyFileFault: CustomStringConvertible {
  /// What is wrong, in words; never the key.
  public var description: String {
    switch self {
    case .notAKeyFile: "not a key file: the first line of one is \(KeyFile.header)"
    case .notAKey: "not a key: a line is a number, 64 hex digits, and `current` on one of them"
    case .repeatedNumber(let number): "key number \(number) stands on an earlier line too"
    case .secondCurrent: "a second key is marked current; only one can be"
    case .noCurrent: "no key is marked current"
    case .tooManyKeys: "more than \(KeyFile.maximumKeys) keys"
    }
  }
}
