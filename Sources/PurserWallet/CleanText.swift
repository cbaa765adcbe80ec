/// Text from outside, made fit for a log or a screen.
enum CleanText {
  /// `text` without control and bidirectional characters, cut to `maximum` characters.
  static func line(_ text: String, maximum: Int) -> String {
    let scalars = text.unicodeScalars.lazy.filter { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
      default: true
      }
    }
    return String(String.UnicodeScalarView(scalars.prefix(maximum)))
  }
}
