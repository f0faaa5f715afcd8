import Foundation

/// A time as people write it, in the local time zone: a day, a minute or a second, which is a span of time.
enum RunDate {
  /// - Returns: None for a text that is no time.
  static func span(of text: String, calendar: Calendar = Calendar(identifier: .gregorian)) -> Range<Date>? {
    let halves = text.split(separator: text.contains("T") ? "T" : " ", omittingEmptySubsequences: false)
    guard halves.count <= 2, let date = numbers(halves[0], separator: "-", widths: [4, 2, 2]), date.count == 3 else {
      return nil
    }
    var time: [Int] = []
    if halves.count == 2 {
      guard let parsed = numbers(halves[1], separator: ":", widths: [2, 2, 2]), parsed.count >= 2 else { return nil }
      time = parsed
    }
    var parts = DateComponents(year: date[0], month: date[1], day: date[2], hour: 0, minute: 0, second: 0)
    if time.count > 1 { (parts.hour, parts.minute) = (time[0], time[1]) }
    if time.count > 2 { parts.second = time[2] }
    guard let start = calendar.date(from: parts),
      calendar.dateComponents(
        [.year, .month, .day, .hour, .minute, .second], from: start) == parts
    else { return nil }
    let unit: Calendar.Component = time.count > 2 ? .second : time.isEmpty ? .day : .minute
    return calendar.date(byAdding: unit, value: 1, to: start).map { start..<$0 }
  }

  private static func numbers(_ text: Substring, separator: Character, widths: [Int]) -> [Int]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count <= widths.count else { return nil }
    var numbers: [Int] = []
    for (part, width) in zip(parts, widths) {
      guard part.utf8.count == width, part.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(part) else {
        return nil
      }
      numbers.append(number)
    }
    return numbers
  }
}
