internal import Glibc

/// `text` for a terminal or a log: at most `maximum` characters, without control, invisible or
/// direction-changing ones, which could hide or forge what people read.
func shown(_ text: some StringProtocol, maximum: Int = 80) -> String {
  var result = ""
  for (index, scalar) in text.unicodeScalars.enumerated() {
    guard index < maximum else { return result + "…" }
    if isPrintable(scalar) {
      result.unicodeScalars.append(scalar)
    } else {
      result += "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
  return result
}

private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
  default: true
  }
}

/// `first, second or third`.
func alternatives(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " or " + last
}

/// The system's words for an `errno`.
func systemMessage(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
  return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// The permission bits as `ls` and `chmod` number them.
func octal(_ mode: UInt32) -> String { "0" + String(mode & 0o7777, radix: 8) }

/// A path as ``shown(_:maximum:)`` shows it, not cut.
func shownPath(_ path: String) -> String { shown(path, maximum: 4096) }

/// `path` as one word of a shell's command line.
func shellWord(_ path: String) -> String {
  let plain = path.unicodeScalars.allSatisfy {
    $0.isASCII && ($0.properties.isAlphabetic || "0123456789/._-+@%=:,".unicodeScalars.contains($0))
  }
  guard !plain || path.isEmpty else { return path }
  return "'"
    + shownPath(path).split(separator: "'", omittingEmptySubsequences: false)
    .joined(separator: #"'\''"#) + "'"
}
