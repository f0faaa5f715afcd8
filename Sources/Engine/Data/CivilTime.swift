/// Dates and times as Python's `isoformat` writes them, in the proleptic Gregorian calendar.
enum CivilTime {
  static func date(daysSince1970 days: Int) -> String {
    // The algorithm "civil_from_days" of Howard Hinnant (chrono-compatible low-level date algorithms): eras of 400 years
    // with years that begin in March, so that the leap day is a year's last.
    let (era, dayOfEra) = (days + 719_468).dividedDown(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + 400 * era + (month <= 2 ? 1 : 0)
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  /// Six digits of a second's fraction, nine where they are needed, none for a whole second; `+00:00` with a zone.
  static func timestamp(seconds: Int, nanoseconds: Int, hasZone: Bool) -> String {
    let (days, second) = seconds.dividedDown(by: 86_400)
    let time = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
    let fraction =
      nanoseconds == 0
      ? "" : nanoseconds % 1000 == 0 ? "." + padded(nanoseconds / 1000, 6) : "." + padded(nanoseconds, 9)
    return "\(date(daysSince1970: days))T\(time)\(fraction)\(hasZone ? "+00:00" : "")"
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value.magnitude)
    return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension BinaryInteger {
  /// Quotient rounded down and the remainder that belongs to it, which is never negative.
  func dividedDown(by divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = Int(self).quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
