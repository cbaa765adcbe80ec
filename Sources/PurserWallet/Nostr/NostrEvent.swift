internal import LibCrypto

/// A signed note of Nostr (NIP-01).
struct NostrEvent: Sendable, Equatable, Codable {
  /// The hash of what is signed, 64 lower-case hex digits.
  var id: String
  /// The signer's x-only public key, 64 lower-case hex digits.
  let publicKey: String
  /// In seconds since 1970, as the signer says.
  let createdAt: UInt64
  let kind: UInt32
  let tags: [[String]]
  let content: String
  /// 128 hex digits.
  var signature: String

  enum CodingKeys: String, CodingKey {
    case id, kind, tags, content
    case publicKey = "pubkey"
    case createdAt = "created_at"
    case signature = "sig"
  }

  /// Whether the id is the hash of the rest, and the signature is one by the owner of the key.
  var isAuthentic: Bool {
    let hash = hash
    guard id == Hex.encode(hash), let key = Hex.decode(publicKey),
      let signature = Hex.decode(signature)
    else { return false }
    return Schnorr.verify(signature, of: hash, publicKey: key)
  }

  /// SHA-256 of the canonical serialization.
  var hash: [UInt8] { SHA256.hash(canonicalBytes) }

  /// The first value of the first tag called `name`.
  func tag(_ name: String) -> String? {
    tags.first { $0.count > 1 && $0[0] == name }?[1]
  }

  /// What is hashed: `[0,"pubkey",created_at,kind,tags,"content"]` without white space.
  var canonicalBytes: [UInt8] {
    var bytes = Array("[0,".utf8)
    Self.write(publicKey, to: &bytes)
    bytes += Array(",\(createdAt),\(kind),[".utf8)
    for (index, tag) in tags.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "["))
      for (index, value) in tag.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.write(value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    }
    bytes += Array("],".utf8)
    Self.write(content, to: &bytes)
    bytes.append(UInt8(ascii: "]"))
    return bytes
  }

  /// The seven characters that NIP-01 escapes; all others stand for themselves.
  private static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      let escape: Unicode.Scalar? =
        switch byte {
        case 0x0a: "n"
        case 0x22: "\""
        case 0x5c: "\\"
        case 0x0d: "r"
        case 0x09: "t"
        case 0x08: "b"
        case 0x0c: "f"
        default: nil
        }
      if let escape {
        bytes += [UInt8(ascii: "\\"), UInt8(ascii: escape)]
      } else {
        bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
