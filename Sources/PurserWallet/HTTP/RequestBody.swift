internal import FoundationEssentials
internal import PurserCore

/// The body of a request.
struct RequestBody: Sendable {
  let contentType: String
  let bytes: [UInt8]

  static func json(_ message: some Encodable) throws(WalletError) -> RequestBody {
    do {
      return RequestBody(
        contentType: "application/json", bytes: Array(try JSONEncoder().encode(message)))
    } catch {
      throw .unexpected("the request cannot be written")
    }
  }

  /// The pairs as an HTML form sends them.
  static func form(_ pairs: KeyValuePairs<String, String>) -> RequestBody {
    let text = pairs.map { "\(escaped($0.key))=\(escaped($0.value))" }.joined(separator: "&")
    return RequestBody(
      contentType: "application/x-www-form-urlencoded", bytes: Array(text.utf8))
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~":
        result.unicodeScalars.append(scalar)
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += byte < 16 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }
}
