/// Points in time as RFC 3339 in UTC, without a calendar library.

/// Seconds since 1970, written as `2026-03-01T04:05:06Z`.
package struct Timestamp: Sendable, Equatable, Comparable {
  package let seconds: Int

  package init(seconds: Int) { self.seconds = seconds }

  /// Reads `YYYY-MM-DDThh:mm:ssZ`; nil for anything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    let shape = Array("dddd-dd-ddTdd:dd:ddZ".utf8)
    guard bytes.count == shape.count else { return nil }
    for (byte, expected) in zip(bytes, shape) {
      let fits = expected == UInt8(ascii: "d") ? (48...57).contains(byte) : byte == expected
      guard fits else { return nil }
    }
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1) - 48 } }
    let days = Timestamp.days(year: number(0..<4), month: number(5..<7), day: number(8..<10))
    let time = Timestamp(
      seconds: days * 86_400 + number(11..<13) * 3600 + number(14..<16) * 60 + number(17..<19))
    // A day or hour that does not exist comes back as another one.
    guard time.description == text else { return nil }
    self = time
  }

  package var description: String {
    let (year, month, day) = civil
    let time = seconds - (seconds.flooredQuotient(86_400)) * 86_400
    return
      "\(pad(year, 4))-\(pad(month))-\(pad(day))T\(pad(time / 3600)):\(pad(time / 60 % 60)):\(pad(time % 60))Z"
  }

  /// `YYYYMMDDThhmmssZ`, as it stands in rotation ids.
  package var compact: String { description.filter { $0 != "-" && $0 != ":" } }

  /// `YYYY-MM-DD`.
  package var day: String { String(description.prefix(10)) }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

  private func pad(_ number: Int, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Days since 1970 of a date of the Gregorian calendar, counted in years that begin in March.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let era = shifted.flooredQuotient(400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private var civil: (year: Int, month: Int, day: Int) {
    let days = seconds.flooredQuotient(86_400) + 719_468
    let era = days.flooredQuotient(146_097)
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }
}

extension Int {
  /// Division that rounds down, for times before 1970.
  fileprivate func flooredQuotient(_ divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
