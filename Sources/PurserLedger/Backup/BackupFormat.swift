internal import LibCrypto
internal import PurserCore

/// The form of a sealed backup.
///
/// `"PRSRBKUP" | version:u8 = 1 | key_id:u64 BE | salt:32 | chunk_length:u32 BE`, then the database
/// in chunks of that length, the last one perhaps shorter, each an AES-256-GCM box. The key is
/// derived from the master key with the salt, so that it serves this file alone. A chunk's nonce is
/// its number and whether it is the last one, and the header is authenticated with each: nothing
/// can be cut off, moved, left out or taken from another file.
struct BackupFormat: Equatable {
  static let magic = Array("PRSRBKUP".utf8)
  static let version: UInt8 = 1
  static let saltLength = 32
  static let headerLength = 8 + 1 + 8 + saltLength + 4
  /// What this program writes.
  static let usualChunkLength = 65_536
  /// The longest chunk that is read.
  static let maximumChunkLength = 1 << 20

  let keyID: UInt64
  let salt: [UInt8]
  let chunkLength: Int

  init(keyID: UInt64, salt: [UInt8], chunkLength: Int = usualChunkLength) {
    self.keyID = keyID
    self.salt = salt
    self.chunkLength = chunkLength
  }

  /// Reads a header.
  init(parsing bytes: [UInt8]) throws(BackupError) {
    guard bytes.count == Self.headerLength, bytes.starts(with: Self.magic) else {
      throw .notABackup
    }
    guard bytes[8] == Self.version else { throw .unknownVersion(bytes[8]) }
    keyID = Self.number(bytes[9..<17])
    salt = Array(bytes[17..<49])
    let length = Self.number(bytes[49..<53])
    guard (1...UInt64(Self.maximumChunkLength)).contains(length) else { throw .notABackup }
    chunkLength = Int(length)
  }

  var header: [UInt8] {
    Self.magic + [Self.version] + SealedForm.bytes(of: keyID) + salt
      + SealedForm.bytes(of: UInt64(chunkLength)).suffix(4)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The key of the file; nil when the keyring has not the master key that it derives from.
  func key(of keyring: Keyring) -> [UInt8]? {
    keyring.derivedKey(keyID: keyID, salt: salt, label: "purser/backup", context: [])
  }

  /// The nonce of chunk `number`, from 0.
  static func nonce(_ number: UInt64, isLast: Bool) -> [UInt8] {
    [0, 0, 0] + SealedForm.bytes(of: number) + [isLast ? 1 : 0]
  }
}

/// Why a backup was not written or not opened; there is no file then.
public enum BackupError: Error, Sendable, Equatable {
  /// Something is there already, and it is never overwritten.
  case exists(path: String)
  /// The system refused; `code` is an `errno`.
  case file(path: String, code: Int32)
  /// The file does not begin as a backup does.
  case notABackup
  /// Another version of the program wrote it.
  case unknownVersion(UInt8)
  /// It is sealed under a master key that is not there.
  case noKey(UInt64)
  /// The chunk of this number does not open: changed, cut short, put together from parts.
  case notAuthentic(chunk: UInt64)
  /// The database could not be read or written; in SQLite's words.
  case database(String)
  /// What came out of it does not verify.
  case faulty(String)
  /// The ledger does not open.
  case ledger(LedgerOpenError)
}

extension BackupError: CustomStringConvertible {
  /// What is wrong and what to do about it, in one line.
  public var description: String {
    switch self {
    case .exists(let path):
      "\(path) exists already, and is never overwritten; name another file or move it away"
    case .file(let path, let code):
      "\(path): system error \(code); check the directory, its permissions and the space on the disk"
    case .notABackup: "the file is no backup of Purser's"
    case .unknownVersion(let version):
      "the backup has form \(version), which this version does not know: use a newer one"
    case .noKey(let number):
      "the backup is sealed under master key \(number), which is not in the key file: put a copy of"
        + " the key file from that time in its place"
    case .notAuthentic(let chunk):
      "the backup does not open at part \(chunk): it was changed, cut short or put together from"
        + " parts, or the key file has another key of that number; use another copy"
    case .database(let reason): "the database cannot be copied: \(reason)"
    case .faulty(let reason): "what the backup holds does not verify: \(reason)"
    case .ledger(let error): "\(error)"
    }
  }
}
