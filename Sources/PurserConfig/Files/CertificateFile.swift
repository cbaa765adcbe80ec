/// Files with certificates, which are no secret.
public enum CertificateFile {
  /// The largest file, in bytes.
  public static let maximumLength = 65_536

  /// The bytes of the file at `path`.
  /// - Throws: ``ConfigError`` when the file is missing, larger than ``maximumLength``, not a
  ///   regular file, or one that others may change: whoever can would choose the wallet.
  public static func read(_ path: String) throws(ConfigError) -> [UInt8] {
    try PlainFile.read(path, maximum: maximumLength) { status throws(ConfigError) in
      guard status.mode & 0o022 == 0 else {
        throw .writableByOthers(path: path, mode: status.mode)
      }
    }
  }
}
