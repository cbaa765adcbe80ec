/// The times of RFC 3339 §5.6, such as `2026-03-15T12:05:00Z`.
enum RFC3339 {
  /// The Unix seconds of a time from 1970 on, its fraction dropped; nil for anything else.
  static func seconds(_ text: String) -> UInt64? {
    let bytes = Array(text.utf8)
    guard (20...64).contains(bytes.count) else { return nil }
    func number(_ start: Int, _ count: Int) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[start..<start + count] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      return value
    }
    func stands(_ characters: String, at position: Int) -> Bool {
      characters.utf8.contains(bytes[position])
    }
    guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
      let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
      stands("-", at: 4), stands("-", at: 7), stands("Tt ", at: 10), stands(":", at: 13),
      stands(":", at: 16), (1...12).contains(month), day >= 1,
      day <= daysInMonth(month, of: year), hour < 24, minute < 60, second <= 60
    else { return nil }
    var position = 19
    if stands(".", at: position) {
      position += 1
      let start = position
      while position < bytes.count, number(position, 1) != nil { position += 1 }
      guard position > start, position < bytes.count else { return nil }
    }
    var offset: Int64 = 0
    if stands("Zz", at: position) {
      position += 1
    } else {
      guard bytes.count == position + 6, stands("+-", at: position), stands(":", at: position + 3),
        let hours = number(position + 1, 2), let minutes = number(position + 4, 2), hours < 24,
        minutes < 60
      else { return nil }
      offset = (hours * 3600 + minutes * 60) * (stands("-", at: position) ? -1 : 1)
      position += 6
    }
    guard position == bytes.count else { return nil }
    let time = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    return UInt64(exactly: time)
  }

  private static func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2:
      year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The days from 1970-01-01 on, counted from March so that the leap day comes last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let years = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let leapDays = years / 4 - years / 100 + years / 400
    return years * 365 + leapDays + dayOfYear - 719_468
  }
}
