internal import LibCrypto

/// The master keys: one signs and seals from now on, all verify and open.
public struct Keyring: Sendable {
  /// The number of the key that new tokens are signed with.
  public let currentKeyID: UInt64
  private let keys: [UInt64: MasterKey]

  private struct MasterKey {
    let bytes: [UInt8]
    /// What derives keys without a salt, as for every token that is read.
    let unsalted: HKDFSHA256
  }

  /// A keyring of 32-byte keys by number; nil when a key has another length or the current one is
  /// missing.
  public init?(keys: [UInt64: [UInt8]], currentKeyID: UInt64) {
    guard keys[currentKeyID] != nil, keys.values.allSatisfy({ $0.count == 32 }) else { return nil }
    self.keys = keys.mapValues { MasterKey(bytes: $0, unsalted: HKDFSHA256(inputKey: $0)) }
    self.currentKeyID = currentKeyID
  }

  /// The numbers of all keys, in order.
  public var keyIDs: [UInt64] { keys.keys.sorted() }

  /// The first number under which `other` has another key than this keyring; nil when there is none.
  public func firstConflict(with other: Keyring) -> UInt64? {
    keyIDs.first { number in
      guard let own = keys[number], let theirs = other.keys[number] else { return false }
      return !constantTimeEqual(own.bytes, theirs.bytes)
    }
  }

  /// A key derived from the master key numbered `keyID` by HKDF-SHA-256, 32 bytes; nil when there
  /// is no such key.
  ///
  /// `label` keeps the purposes apart: one purpose's keys tell nothing of another's.
  public func derivedKey(
    keyID: UInt64, salt: [UInt8] = [], label: String, context: [UInt8]
  ) -> [UInt8]? {
    guard let key = keys[keyID] else { return nil }
    let derivation = salt.isEmpty ? key.unsalted : HKDFSHA256(inputKey: key.bytes, salt: salt)
    var info: [UInt8] = []
    info.reserveCapacity(label.utf8.count + context.count)
    info += label.utf8
    info += context
    return derivation.deriveKey(info: info)
  }

  /// The root key of the grant token with `identifier`, in bytes, which names the key `keyID`:
  /// `HKDF(master, info = "purser/grant" ‖ identifier)`.
  func grantRootKey(keyID: UInt64, identifier: [UInt8]) -> [UInt8]? {
    derivedKey(keyID: keyID, label: "purser/grant", context: identifier)
  }
}

extension Keyring: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The number of the current key; never a key, whoever prints it.
  public var description: String { "Keyring(current: \(currentKeyID), keys: \(keys.count))" }

  /// As ``description``.
  public var debugDescription: String { description }

  /// Shows no children, so that reflection finds no key either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
