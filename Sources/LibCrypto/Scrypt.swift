internal import CCrypto

/// scrypt (RFC 7914): keys from passphrases, made slow and large on purpose.
public enum Scrypt {
  /// How much work and memory a key takes.
  public struct Cost: Sendable, Equatable {
    /// The binary logarithm of N, 1 to 20.
    public let workLogarithm: Int
    /// r, 1 to 32.
    public let blockSize: Int
    /// p, 1 to 16.
    public let parallelism: Int

    /// A cost; nil for figures out of range, among them those over 128 MiB.
    public init?(workLogarithm: Int, blockSize: Int, parallelism: Int) {
      guard (1...20).contains(workLogarithm), (1...32).contains(blockSize),
        (1...16).contains(parallelism), 128 * blockSize << workLogarithm <= 128 << 20
      else { return nil }
      self.workLogarithm = workLogarithm
      self.blockSize = blockSize
      self.parallelism = parallelism
    }

    fileprivate init() { (workLogarithm, blockSize, parallelism) = (15, 8, 1) }

    /// Some tenths of a second and 32 MiB, for people who wait.
    public static let interactive = Cost()
  }

  /// Derives `length` bytes from `passphrase` and `salt`; nil when there is not enough memory.
  public static func deriveKey(
    passphrase: [UInt8], salt: [UInt8], cost: Cost, length: Int = 32
  ) -> [UInt8]? {
    var key = [UInt8](repeating: 0, count: length)
    let isDone = passphrase.withUnsafeBytes { bytes in
      EVP_PBE_scrypt(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, salt, salt.count,
        1 << UInt64(cost.workLogarithm), UInt64(cost.blockSize), UInt64(cost.parallelism),
        256 << 20, &key, length)
    }
    return isDone == 1 ? key : nil
  }
}
