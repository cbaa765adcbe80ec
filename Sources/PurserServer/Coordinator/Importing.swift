internal import L402
internal import LibCrypto
internal import Macaroons
internal import PurserAPI
internal import PurserCore

// Credentials that come from other programs, and go to them.
extension Coordinator {
  func importCredential(
    _ parameters: VaultImport.Parameters, by caller: Caller, repeatKey: RepeatKey?
  ) async throws(Refusal) -> VaultEntry {
    let service = try importingService(parameters)
    guard service.roots == .shared else {
      throw .invalid(
        "the policy's roots for '\(service.id)' are per_grant: what is imported would serve nobody")
    }
    let secret = try importedSecret(parameters)
    let paymentHash = SHA256.hash(secret.preimageBytes ?? [])
    if let macaroon = secret.l402Token.macaroon,
      let identifier = try? L402Identifier(decoding: macaroon.identifier),
      identifier.paymentHash != paymentHash
    {
      throw .invalid("the preimage does not fit the token")
    }
    let id: CredentialID = freshID()
    let credential = Credential(
      id: id, purchase: Purchase(service: service.id, capabilities: [], scope: nil),
      paymentHash: paymentHash, validUntilSeconds: validUntil(of: secret, service: service.id),
      cost: try cost(of: secret), boughtBy: nil,
      sealed: try sealer.seal(try secret.encoded(), at: .credential(id)), createdAt: ledger.now())
    let applied = try await submit(
      .importCredential(credential), by: caller,
      claim: repeatKey?.claim(of: caller, method: VaultImport.name), attachment: id.bytes)
    guard applied.isReplay else {
      return VaultEntry(credential, paymentHash: Hex.encode(paymentHash))
    }
    // The first import has its own id, and what it became since is what the vault says.
    guard let first = applied.attachment.flatMap({ CredentialID(bytes: $0) }),
      let stored = try ledger.credentials(service: nil).first(where: { $0.id == first })
    else { throw .notFound("what was imported under this key is no longer in the vault") }
    return VaultEntry(stored, paymentHash: Hex.encode(stored.paymentHash))
  }

  func exportCredential(
    _ parameters: VaultExport.Parameters, by caller: Caller
  ) async throws(Refusal) -> VaultExport.Reply {
    guard
      let root = try ledger.credentials(service: nil).first(where: {
        $0.id == parameters.credential
      })
    else { throw .notFound("no credential with this id in the vault") }
    let secret = try TokenSecret(decoding: try sealer.open(root.sealed, at: .credential(root.id)))
    guard !secret.isSingleUse else {
      throw .invalid("this credential is good for one request, and is not exported")
    }
    let reply = VaultExport.Reply(
      credential: root.id, service: root.purchase.service,
      domain: policy.services[root.purchase.service]?.domains.first ?? root.purchase.service,
      authorization: try secret.authorization(for: secret.l402Token),
      storedToken: Self.storedToken(of: root, secret).map { Base64.encode($0, .standard) })
    // Nothing leaves before the log says that it does.
    let note = AuditNote(
      "vault.export",
      [
        "credential": .id(root.id), "service": .string(root.purchase.service),
        "payment_hash": .hex(root.paymentHash),
      ])
    _ = try await submit(.note(note), by: caller)
    return reply
  }

  private static func storedToken(of root: Credential, _ secret: TokenSecret) -> [UInt8]? {
    guard case .macaroon(let macaroon, let format) = secret.l402Token else { return nil }
    let paid =
      secret.paid
      ?? TokenSecret.Paid(amountMsat: root.cost.value, feeMsat: 0, at: root.createdAt)
    let token = try? StoredToken(
      macaroon: macaroon, format: format, paymentHash: root.paymentHash,
      preimage: secret.preimageBytes, amountMsat: paid.amountMsat, feeMsat: paid.feeMsat,
      createdAtNanoseconds: paid.atNanoseconds)
    return try? token?.encoded()
  }

  /// The service that was named, or the one that has an origin at the domain that was.
  private func importingService(_ parameters: VaultImport.Parameters) throws(Refusal) -> Service {
    let services = policy.services
    if let id = parameters.service {
      guard let service = services[id] else {
        throw .invalid("the policy has no such service; it has: \(policy.serviceNames(for: nil))")
      }
      return service
    }
    guard let domain = parameters.domain?.lowercased() else {
      throw .invalid("say which service it is for: service or domain")
    }
    let found = services.values.filter { $0.domains.contains(domain) }.sorted { $0.id < $1.id }
    guard found.count <= 1 else {
      throw .invalid(
        "several services of the policy have an origin there: "
          + "\(found.map(\.id).joined(separator: ", ")); name one")
    }
    guard let service = found.first else {
      throw .invalid(
        "no service of the policy has an origin there; name one of: "
          + policy.serviceNames(for: nil))
    }
    return service
  }

  private func importedSecret(
    _ parameters: VaultImport.Parameters
  ) throws(Refusal) -> TokenSecret {
    switch (parameters.authorization, parameters.storedToken) {
    case (let authorization?, nil):
      do throws(L402Error) {
        let credential = try L402Credential(authorization: authorization)
        guard credential.tokens.count == 1, let token = credential.tokens.first else {
          throw L402Error.badTokenCount
        }
        do { return try TokenSecret(credential, token: token) } catch { throw .badCredential }
      } catch { throw .invalid("params.authorization: \(error)") }
    case (nil, let text?):
      guard text.utf8.count <= StoredToken.maximumLength * 2, let bytes = Base64.decode(text)
      else { throw .invalid("params.stored_token is not base64") }
      return try storedSecret(bytes)
    case (nil, nil), (_?, _?): throw .invalid("give either authorization or stored_token")
    }
  }

  private func storedSecret(_ bytes: [UInt8]) throws(Refusal) -> TokenSecret {
    let stored: StoredToken
    do { stored = try StoredToken(decoding: bytes) } catch {
      throw .invalid("params.stored_token: \(error)")
    }
    guard let preimage = stored.preimage else {
      throw .invalid("params.stored_token: the token was not paid, so there is nothing to import")
    }
    guard SHA256.hash(preimage) == stored.paymentHash else {
      throw .invalid("params.stored_token: the preimage is not that of the payment hash")
    }
    do throws(L402Error) {
      let token = L402Token.macaroon(stored.macaroon, stored.format)
      let credential = try L402Credential(scheme: .l402, tokens: [token], preimage: preimage)
      var secret: TokenSecret
      do { secret = try TokenSecret(credential, token: token) } catch { throw .badCredential }
      secret.paid = TokenSecret.Paid(
        amountMsat: stored.amountMsat, feeMsat: stored.feeMsat,
        atNanoseconds: stored.createdAtNanoseconds)
      return secret
    } catch { throw .invalid("params.stored_token: \(error)") }
  }

  /// What was paid elsewhere: it is shown, and no grant here has spent it.
  private func cost(of secret: TokenSecret) throws(Refusal) -> Msat {
    guard let paid = secret.paid else { return .zero }
    guard let amount = Msat(paid.amountMsat), let fee = Msat(paid.feeMsat),
      let cost = amount.adding(fee)
    else { throw .invalid("params.stored_token: its amounts are out of range") }
    return cost
  }
}

extension Service {
  /// The hosts of its origins in lower case, each with its port where that is an unusual one, as
  /// token stores name their directories.
  var domains: [String] {
    origins.map { origin in
      var text = Substring(origin.lowercased())
      for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
        text = text.dropFirst(scheme.count)
      }
      for port in [":443", ":80"] where text.hasSuffix(port) { text = text.dropLast(port.count) }
      return String(text.filter { $0 != "[" && $0 != "]" })
    }
  }
}
