internal import LibCrypto
public import PurserCore

/// Mints real grant tokens for tests, and reads them as chains.
public struct GrantMaker: Sendable {
  /// The key that signs them.
  public let keyring: Keyring

  /// A maker with a key of its own.
  public init() {
    guard let keyring = Keyring(keys: [1: SHA256.hash(Array("test".utf8))], currentKeyID: 1) else {
      preconditionFailure("a digest is a key")
    }
    self.keyring = keyring
  }

  /// The token of a top-level grant.
  public func top(_ id: NodeID, _ caveats: [GrantCaveat] = []) -> GrantToken {
    guard let token = try? GrantToken.mint(grantID: id, caveats: caveats, keyring: keyring) else {
      preconditionFailure("the caveats fit in a token")
    }
    return token
  }

  /// A token one level below `parent`.
  public func child(
    of parent: GrantToken, nonce: [UInt8], _ caveats: [GrantCaveat] = []
  ) -> GrantToken {
    guard let token = try? parent.attenuated(with: [.grant(nonce)] + caveats) else {
      preconditionFailure("the caveats fit in a token")
    }
    return token
  }

  /// What a token of this maker grants.
  public func chain(_ token: GrantToken) -> GrantChain {
    guard let chain = try? GrantChain(verifying: token, keyring: keyring) else {
      preconditionFailure("the token is one of ours")
    }
    return chain
  }
}
