/// Numbers as readers of reports see them: four significant digits, units, no locale.
import Foundation

enum NumberText {
  /// Four significant digits, trailing zeros kept so that columns compare: `0.5000`, `12.35`, `-1.200e-5`, `1.235e4`.
  static func value(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value < 0 ? "-infinity" : "infinity" }
    guard value != 0 else { return "0" }
    // Rounding first: 9.99999 has as many digits before the point as 10.
    let scientific = String(format: "%.3e", value)
    let parts = scientific.split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { preconditionFailure("%.3e gave '\(scientific)'") }
    guard -4...3 ~= exponent else { return "\(parts[0])e\(exponent)" }
    return String(format: "%.*f", 3 - exponent, value)
  }

  /// `1,234,567`.
  static func count(_ count: Int) -> String {
    let digits = String(count.magnitude)
    var grouped = count < 0 ? "-" : ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.count - offset) % 3 == 0 { grouped.append(",") }
      grouped.append(digit)
    }
    return grouped
  }

  /// `1 document`, `1,234 documents`, `no documents`.
  static func counted(_ count: Int, _ singular: String, _ plural: String) -> String {
    switch count {
    case 0: "no \(plural)"
    case 1: "1 \(singular)"
    default: "\(Self.count(count)) \(plural)"
    }
  }

  /// Bytes in units of 1024: `512 B`, `1.50 KiB`, `12.3 GiB`.
  static func size(bytes: Double) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var amount = bytes
    var unit = 0
    // 1023.95 would be written as 1024 of the smaller unit.
    while abs(amount) >= (unit == 0 ? 1024 : 1023.5), unit < units.count - 1 {
      amount /= 1024
      unit += 1
    }
    guard unit > 0 else { return "\(Int(amount.rounded())) B" }
    let decimals = abs(amount) < 9.995 ? 2 : abs(amount) < 99.95 ? 1 : 0
    return String(format: "%.*f", decimals, amount) + " " + units[unit]
  }

  /// `350 ms`, `12.3 s`, `3 min 05 s`, `2 h 03 min`, `1 d 04 h`.
  static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return value(seconds) + " s" }
    if seconds < 0.9995 { return String(format: "%.0f ms", seconds * 1000) }
    if seconds < 59.95 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 1440 { return String(format: "%d h %02d min", minutes / 60, minutes % 60) }
    let hours = Int((seconds / 3600).rounded())
    return String(format: "%d d %02d h", hours / 24, hours % 24)
  }

  /// A share of 1 as `91.24 %`; never `100.0 %` or `0 %` for what is not quite.
  static func percent(_ share: Double) -> String {
    let percent = share * 100
    if percent > 99.99, percent < 100 { return "more than 99.99 %" }
    if percent > 0, percent < 0.01 { return "less than 0.01 %" }
    return String(format: percent == percent.rounded() ? "%.0f %%" : percent < 10 ? "%.2f %%" : "%.1f %%", percent)
  }

  /// A mean of numbers between 0 and 1, as recall is, with no more digits than a few hundred queries can mean: `0.583`,
  /// `0.0833`, `0.00098`.
  static func share(_ value: Double) -> String {
    let magnitude = abs(value)
    return String(format: magnitude == 0 ? "%.0f" : magnitude < 0.0995 ? "%.3g" : "%.3f", value)
  }

  /// `2026-11-24 05:46:16 UTC`.
  static func date(_ date: Date) -> String {
    let style = Date.VerbatimFormatStyle(
      format: """
        \(year: .padded(4))-\(month: .twoDigits)-\(day: .twoDigits) \
        \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) UTC
        """,
      locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
    return date.formatted(style)
  }

  /// The first twelve digits of a digest: enough to tell two apart by eye.
  static func short(digest: String) -> String { String(digest.prefix(12)) }
}
