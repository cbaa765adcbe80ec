internal import NIOSSL

/// Certificates that alone are trusted: what every other authority signs is refused.
///
/// The name of the host is checked as well. A server's certificate that signed itself, as lnd's,
/// is trusted by being one of these.
struct PinnedCertificates: Sendable {
  let configuration: TLSConfiguration

  /// - Throws: ``WalletConfigurationError/badCertificate`` unless `pem` has certificates, at most
  ///   16.
  init(pem: [UInt8]) throws(WalletConfigurationError) {
    let certificates: [NIOSSLCertificate]
    do {
      certificates = try NIOSSLCertificate.fromPEMBytes(pem)
    } catch {
      throw .badCertificate
    }
    guard (1...16).contains(certificates.count) else { throw .badCertificate }
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .certificates(certificates)
    configuration.additionalTrustRoots = []
    configuration.certificateVerification = .fullVerification
    configuration.minimumTLSVersion = .tlsv12
    self.configuration = configuration
  }
}
