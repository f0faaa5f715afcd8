import Foundation
import Testing

@testable import Catalog

struct RunDateTests {
  private let utc: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
    return calendar
  }()

  @Test(arguments: [
    ("2026-11-24", 0.0, 86400.0), ("2026-11-24 05:21", 19260, 60), ("2026-11-24T05:21", 19260, 60),
    ("2026-11-24 05:21:07", 19267, 1),
  ])
  func textsAreSpans(text: String, offset: Double, length: Double) throws {
    let span = try #require(RunDate.span(of: text, calendar: utc))
    #expect(span.lowerBound.timeIntervalSince1970 == 1_795_478_400 + offset)
    #expect(span.upperBound.timeIntervalSince(span.lowerBound) == length)
  }

  @Test(arguments: [
    "", "today", "2026", "2026-11", "26-11-24", "2026-13-01", "2026-02-29", "2026-11-24 5:21", "2026-11-24 05",
    "2026-11-24 24:00", "2026-11-24 05:60", "2026-11-24 05:21:07.5", "2026-11-24  05:21", "2026-11-24 05:21 UTC",
    "2026/11/24", "+026-11-24", "٢٠٢٦-11-24", "2026-11-24-01", "T", "2026-11-24T",
  ])
  func otherTextsAreNoTimes(text: String) {
    #expect(RunDate.span(of: text, calendar: utc) == nil)
  }
}
