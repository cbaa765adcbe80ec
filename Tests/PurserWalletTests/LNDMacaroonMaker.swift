import Macaroons

/// A macaroon whose identifier is made as lnd does it: one byte of version, then the message
/// `MacaroonId` of `lnrpc/lightning.proto` (nonce, storage identifier, operations).
func lndMacaroon(
  _ operations: [(entity: String, actions: [String])], caveats: [String] = []
) -> [UInt8] {
  func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    var rest = bytes.count
    repeat {
      length.append(UInt8(rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return [number << 3 | 2] + length + bytes
  }
  var identifier: [UInt8] = [3] + field(1, [1, 2, 3]) + field(2, Array("0".utf8))
  for operation in operations {
    let actions = operation.actions.flatMap { field(2, Array($0.utf8)) }
    identifier += field(3, field(1, Array(operation.entity.utf8)) + actions)
  }
  guard
    var macaroon = try? Macaroon(
      rootKey: [UInt8](repeating: 9, count: 32), identifier: identifier,
      location: Array("lnd".utf8))
  else { return [] }
  for caveat in caveats {
    guard let narrowed = try? macaroon.attenuated(with: caveat) else { return [] }
    macaroon = narrowed
  }
  return (try? macaroon.serialized(.v2)) ?? []
}
