/// Dates and times as text, as Python's `isoformat` writes them: proleptic Gregorian calendar, six digits of a second
/// where it has a fraction, nine where those are not enough.
enum CalendarText {
  /// `day` counts from 1970-01-01.
  static func date(day: Int64) -> String {
    // Eras of 400 years have 146,097 days. Counted from March, leap days come last.
    // Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    let shifted = day + 719_468
    let era = floorDivide(shifted, 146_097).quotient
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year < 0 ? "-" : "") + padded(Int64(year.magnitude), 4) + "-" + padded(month, 2) + "-"
      + padded(dayOfMonth, 2)
  }

  /// A time of day.
  static func time(_ value: Int64, perSecond: Int64) throws -> String {
    guard value >= 0, value / perSecond < 86_400 else { throw ParquetError.Problem.timeOfDay(value) }
    return time(second: value / perSecond, nanosecond: value % perSecond * (1_000_000_000 / perSecond))
  }

  /// A moment, counted from 1970 in parts of a second.
  static func timestamp(_ value: Int64, perSecond: Int64) -> String {
    let (seconds, fraction) = floorDivide(value, perSecond)
    return timestamp(second: seconds, nanosecond: fraction * (1_000_000_000 / perSecond))
  }

  /// A moment, counted from the start of a day; more than a day's nanoseconds reach into other days.
  static func timestamp(day: Int64, nanoseconds: Int64) -> String {
    let (seconds, nanosecond) = floorDivide(nanoseconds, 1_000_000_000)
    return timestamp(second: day * 86_400 + seconds, nanosecond: nanosecond)
  }

  private static func timestamp(second: Int64, nanosecond: Int64) -> String {
    let (day, ofDay) = floorDivide(second, 86_400)
    return date(day: day) + "T" + time(second: ofDay, nanosecond: nanosecond)
  }

  private static func time(second: Int64, nanosecond: Int64) -> String {
    let clock = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
    if nanosecond == 0 { return clock }
    return clock + "." + (nanosecond % 1000 == 0 ? padded(nanosecond / 1000, 6) : padded(nanosecond, 9))
  }

  /// Quotient and remainder with a remainder that is never negative.
  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
