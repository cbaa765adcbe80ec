/// The keys of wallets that are nodes of one's own.
extension ConfigurationSchema {
  func lnd(_ section: Section) -> LNDConfiguration? {
    let origin = section.required("url", .origin)
    let macaroon = requiredPath("macaroon_file", section)
    let certificate = certificate(section, origin: origin)
    guard let origin, let macaroon else { return nil }
    return LNDConfiguration(
      origin: origin, macaroonFile: macaroon, certificateFile: certificate)
  }

  func coreLightning(_ section: Section) -> CoreLightningConfiguration? {
    if section["socket"] != nil {
      for key in ["url", "rune_file", "tls_cert_file"] {
        section[key]?.report(.eitherOr("socket", "url"))
      }
      return optionalPath("socket", section).map { .socket($0) }
    }
    guard section["url"] != nil else {
      section.field.report(.neitherOf("socket", "url"))
      section.takeAnyKey()
      return nil
    }
    let origin = section.required("url", .origin)
    let rune = requiredPath("rune_file", section)
    let certificate = certificate(section, origin: origin)
    guard let origin, let rune else { return nil }
    return .rest(origin: origin, runeFile: rune, certificateFile: certificate)
  }

  func phoenixd(_ section: Section) -> PhoenixdConfiguration? {
    let origin = section.required("url", .origin)
    let password = requiredPath("password_file", section)
    guard let origin, let password else { return nil }
    return PhoenixdConfiguration(origin: origin, passwordFile: password)
  }

  /// The certificate to trust, which goes with `https` alone.
  private func certificate(_ section: Section, origin: String?) -> String? {
    let path = optionalPath("tls_cert_file", section)
    if path != nil, let origin, !origin.hasPrefix("https:") {
      section["tls_cert_file"]?.report(.certificateWithoutTLS)
    }
    return path
  }
}
