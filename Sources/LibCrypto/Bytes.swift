internal import CCrypto

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// `count` bytes from the system's cryptographic random source.
public func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  precondition(RAND_bytes(&bytes, Int32(count)) == 1, "the system's random source failed")
  return bytes
}

/// Overwrites `bytes` with zeros in a way that the optimizer keeps.
///
/// It clears this buffer alone; copies that Swift made elsewhere stay.
public func wipe(_ bytes: inout [UInt8]) {
  bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// Gives `body` the bytes of a sequence where they are, or, when they do not lie in one piece, a
/// copy of them.
///
/// For functions that take any kind of bytes or text and should cost the same for all of them.
public func withSpan<Result>(
  of bytes: some Sequence<UInt8>, _ body: (Span<UInt8>) -> Result
) -> Result {
  bytes.withContiguousStorageIfAvailable { body($0.span) } ?? body(Array(bytes).span)
}
