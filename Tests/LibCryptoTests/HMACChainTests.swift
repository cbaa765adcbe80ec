import LibCrypto
import Testing

@Suite struct HMACChainTests {
  @Test func `each step is the HMAC under the code before it`() {
    let start = HMACSHA256(key: Array("generator".utf8))
    var expected = start.authenticate(Array("root".utf8))
    var chain = HMACChain(start, Array("root".utf8).span)
    #expect(chain.code == expected)
    for length in [0, 1, 31, 55, 56, 64, 65, 300] {
      let message = [UInt8](repeating: UInt8(length & 255), count: length)
      expected = HMACSHA256(key: expected).authenticate(message)
      chain.extend(with: message.span)
      #expect(chain.code == expected)
    }
    #expect(HMACChain(key: expected.span).code == expected)
  }

  @Test func `a pair is authenticated by the codes of both, all under the code before`() {
    let key = randomBytes(32)
    let (first, second) = (randomBytes(72), randomBytes(5))
    let hmac = HMACSHA256(key: key)
    var chain = HMACChain(key: key.span)
    chain.extend(withPair: first.span, second.span)
    #expect(
      chain.code == hmac.authenticate(hmac.authenticate(first), hmac.authenticate(second)))
  }

  @Test func `a copy goes on independently`() {
    var first = HMACChain(key: randomBytes(32).span)
    let second = first
    first.extend(with: [1].span)
    #expect(first.code != second.code)
  }
}
