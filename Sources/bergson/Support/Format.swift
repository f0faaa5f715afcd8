/// Numbers as people read them.
import Foundation

enum Format {
  private static let locale = Locale(identifier: "en_US_POSIX")

  /// Four significant digits.
  static func score(_ value: Double) -> String { String(format: "%.4g", locale: locale, value) }

  /// A whole number if it is one, else four significant digits.
  static func count(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(format: "%.5g", locale: locale, value)
  }

  /// `3.2 MB`, in powers of 1000.
  static func bytes(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return String(format: unit == 0 || value >= 100 ? "%.0f %@" : "%.1f %@", locale: locale, value, units[unit])
  }

  /// `0.42 s`, `75 s`, `2:05:10`.
  static func duration(_ seconds: Double) -> String {
    seconds < 100 ? String(format: "%.3g s", locale: locale, seconds) : ProgressBar.clock(seconds)
  }

  /// `2026-11-24 05:21`, in the local time zone.
  static func time(_ date: Date) -> String {
    date.formatted(
      Date.VerbatimFormatStyle(
        format:
          "\(year: .defaultDigits)-\(month: .twoDigits)-\(day: .twoDigits) \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits)",
        locale: locale, timeZone: .current, calendar: Calendar(identifier: .gregorian)))
  }
}
