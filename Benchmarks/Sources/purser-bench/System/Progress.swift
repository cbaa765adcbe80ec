internal import Foundation

/// What the bench is doing, on standard error.
enum Progress {
  static func say(_ text: String) { FileHandle.standardError.write(Data("bench: \(text)\n".utf8)) }
}
