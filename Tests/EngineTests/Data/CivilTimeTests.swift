import Foundation
import Testing

@testable import Engine

struct CivilTimeTests {
  /// Counted by hand, or known: 1900 is no leap year, 2000 is one.
  @Test(arguments: [
    (0, "1970-01-01"), (-1, "1969-12-31"), (59, "1970-03-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"),
    (-25_508, "1900-03-01"), (-25_509, "1900-02-28"), (-719_162, "0001-01-01"), (2_932_896, "9999-12-31"),
  ])
  func daysAreDatesOfTheGregorianCalendar(days: Int, date: String) {
    #expect(CivilTime.date(daysSince1970: days) == date)
  }

  @Test(arguments: [Int.max / 86_400, Int.min / 86_400, Int(Int32.max), Int(Int32.min)])
  func noStoredNumberOverflows(days: Int) {
    #expect(CivilTime.date(daysSince1970: days).count > 10)
  }

  @Test func fractionsHaveAsManyDigitsAsPythonWrites() {
    func text(_ nanoseconds: Int, zone: Bool = false) -> String {
      CivilTime.timestamp(seconds: 86_399, nanoseconds: nanoseconds, hasZone: zone)
    }
    #expect(text(0) == "1970-01-01T23:59:59")
    #expect(text(1_000_000, zone: true) == "1970-01-01T23:59:59.001000+00:00")
    #expect(text(1) == "1970-01-01T23:59:59.000000001")
  }
}
