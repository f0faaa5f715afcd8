import Foundation
import Testing

@testable import Reports

struct NumberTextTests {
  @Test(arguments: [
    (0, "0"), (-0.0, "0"), (0.5, "0.5000"), (12.345_678, "12.35"), (9_999.4, "9999"), (9_999.6, "1.000e4"),
    (123_456, "1.235e5"), (-0.000_123_46, "-0.0001235"), (0.000_012, "1.200e-5"), (0.999_96, "1.000"),
    (1e-300, "1.000e-300"), (-.infinity, "-infinity"), (.nan, "not a number"),
  ])
  func valuesHaveFourSignificantDigits(value: Double, text: String) {
    #expect(NumberText.value(value) == text)
  }

  @Test(arguments: [(0.583_21, "0.583"), (0.083_3, "0.0833"), (0.000_978_8, "0.000979"), (0, "0"), (1, "1.000")])
  func sharesHaveThreeDecimalsOrDigits(value: Double, text: String) {
    #expect(NumberText.share(value) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"), (100_000, "100,000")])
  func countsAreGroupedByThousands(count: Int, text: String) {
    #expect(NumberText.count(count) == text)
  }

  @Test func countedThingsAgreeInNumber() {
    #expect(NumberText.counted(0, "query", "queries") == "no queries")
    #expect(NumberText.counted(1, "query", "queries") == "1 query")
    #expect(NumberText.counted(1_500, "query", "queries") == "1,500 queries")
  }

  @Test(arguments: [
    (0, "0 B"), (1_023, "1023 B"), (1_024, "1.00 KiB"), (10_235, "10.0 KiB"), (1_047_000, "1022 KiB"),
    (1_048_400, "1.00 MiB"), (1_610_612_736, "1.50 GiB"), (5e18, "4441 PiB"),
  ])
  func sizesAreInUnitsOf1024(bytes: Double, text: String) {
    #expect(NumberText.size(bytes: bytes) == text)
  }

  @Test(arguments: [
    (0, "0 ms"), (0.35, "350 ms"), (0.999_6, "1.0 s"), (12.34, "12.3 s"), (59.96, "1 min 00 s"),
    (185, "3 min 05 s"), (3_599.7, "1 h 00 min"), (7_380, "2 h 03 min"), (86_399, "1 d 00 h"), (100_800, "1 d 04 h"),
    (-1, "-1.000 s"),
  ])
  func durationsHaveTheUnitsOfTheirSize(seconds: Double, text: String) {
    #expect(NumberText.duration(seconds: seconds) == text)
  }

  @Test(arguments: [
    (1, "100 %"), (0.999_999, "more than 99.99 %"), (0.682_5, "68.2 %"), (0.058, "5.80 %"),
    (0.000_01, "less than 0.01 %"),
    (0, "0 %"),
  ])
  func sharesOfAlmostEverythingAreNotEverything(share: Double, text: String) {
    #expect(NumberText.percent(share) == text)
  }

  @Test func datesAreInUTCWhateverTheLocale() {
    #expect(NumberText.date(Date(timeIntervalSince1970: 1_763_963_176.9)) == "2025-11-24 05:46:16 UTC")
  }
}
