import Testing

@testable import bergson

@Suite struct ConsoleTests {
  @Test func columnsAreAligned() {
    let table = TextTable(
      [("run", .left), ("documents", .right), ("status", .left)],
      rows: [["a", "12", "done"], ["longer", "1000000000", ""]])
    #expect(
      table.lines == [
        "run      documents  status",
        "a               12  done",
        "longer  1000000000",
      ])
  }

  @Test func progressShowsShareRateAndTimeLeft() {
    #expect(
      ProgressBar.line(done: 500, total: 1000, unit: "documents", elapsed: .seconds(4))
        == " 50% |##########          | 500/1000 documents, 125.0/s, 0:04 left")
    #expect(
      ProgressBar.line(done: 1000, total: 1000, unit: "documents", elapsed: .seconds(8))
        == "100% |####################| 1000/1000 documents, 125.0/s, 0:08 in all")
    #expect(
      ProgressBar.line(done: 0, total: 10, unit: "tokens", elapsed: .seconds(1))
        == "  0% |                    | 0/10 tokens")
    #expect(ProgressBar.line(done: 0, total: 0, unit: "tokens", elapsed: .zero).hasPrefix("100%"))
  }

  @Test(arguments: [(0.4, "0:00"), (59.6, "1:00"), (125, "2:05"), (3600, "1:00:00"), (36_125, "10:02:05")])
  func timesReadAsOnAClock(_ seconds: Double, _ text: String) {
    #expect(ProgressBar.clock(seconds) == text)
  }

  @Test(arguments: [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("split", "splti", 1), ("nnode", "nodes", 2)])
  func distanceCountsEdits(_ first: String, _ second: String, _ distance: Int) {
    #expect(Spelling.distance(first, second) == distance)
  }

  @Test func suggestionsAreNearOrNone() {
    #expect(Spelling.nearest(to: "modle", among: ["model", "modules"]) == "model")
    #expect(Spelling.nearest(to: "zebra", among: ["model", "modules"]) == nil)
    #expect(Spelling.nearest(to: "a", among: []) == nil)
  }
}
