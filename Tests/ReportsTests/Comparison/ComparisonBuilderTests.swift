import Catalog
import Testing

@testable import Reports

struct ComparisonBuilderTests {
  private typealias Measure = ComparedRuns.Measure

  @Test func aPairAboveTheCeilingIsNotCalledDifferent() throws {
    let compared = try FabricatedComparison.three()
    // A and B are the ceiling at 0.62 (0.55 to 0.7); A and C have 0.3 (0.2 to 0.4).
    let sentences = ComparisonBuilder(compared).verdict()
    #expect(sentences.last?.hasSuffix("all of these runs differ by more than the chance of the projection.") == true)
    #expect(
      sentences[1] == "Of the first ten documents, A and C have 30 % in common, the most of any two; B and C have "
        + "the least, 10 %.")
    let ends: [(Measure, String)] = [
      (Measure(value: 0.6, low: 0.5, high: 0.8), "A and C do not differ by more than that chance."),
      (Measure(value: 0.9, low: 0.8, high: 1), "A and C agree more than that method does with itself."),
    ]
    for (measure, end) in ends {
      var changed = compared
      guard case .agreement(var agreement) = changed.pairs[1].outcome else { throw Missing() }
      agreement.topTen = measure
      changed.pairs[1].outcome = .agreement(agreement)
      #expect(ComparisonBuilder(changed).verdict().last?.hasSuffix(end) == true)
    }
  }

  @Test func withoutACeilingTheReportHasTheCommandsThatMakeOne() throws {
    var compared = try FabricatedComparison.three()
    compared.ceiling = .absent(commands: ["bergson build q-seed1 --projection_seed 1", "bergson score s-seed1"])
    let section = try #require(try ComparisonBuilder(compared).document().agreement)
    #expect(section.commands == Passage("bergson build q-seed1 --projection_seed 1\nbergson score s-seed1"))
    #expect(section.tables.last?.rows.contains { $0.header.contains("ceiling") } == false)
    compared.ceiling = .notProjected
    let whole = try #require(try ComparisonBuilder(compared).document().agreement)
    #expect(whole.commands == nil && whole.sentences[0].contains("no noise of that kind"))
  }

  @Test func whatCannotBeComparedIsSaidAndLeftOut() throws {
    var compared = try FabricatedComparison.three()
    compared.pairs[1].outcome = .incomparable("they scored other documents")
    compared.pairs[2].outcome = .incomparable("they scored other documents")
    let document = try ComparisonBuilder(compared).document()
    #expect(
      document.warnings?.messages.first
        == "A and C cannot be compared by their scores: they scored other documents.")
    let matrix = try #require(document.agreement?.tables.first)
    #expect(matrix.rows[0].cells.map(\.figure.shown) == ["·", "0.710", "–"])
    #expect(document.scatter?.pictures.count == 1)
  }

  @Test func aMatrixHasOneMeasureOnEitherSideOfItsDiagonal() throws {
    let tables = try #require(try ComparisonBuilder(FabricatedComparison.three()).document().agreement?.tables)
    #expect(tables.map(\.name) == ["agreement-orders", "agreement-tops", "agreement"])
    #expect(
      tables[0].rows.map { $0.cells.map(\.figure.value) } == [[nil, 0.71, 0.4], [0.52, nil, 0.2], [0.3, 0.1, nil]])
    // Chance: ten of 200 documents, a hundred of 200.
    #expect(tables[2].rows.last?.cells.map(\.figure.value) == [0, 0, 0.05, 0.5, nil])
  }

  @Test func lettersGoOnAfterZ() {
    #expect([0, 25, 26, 51, 52, 701, 702].map(ComparisonBuilder.letter) == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"])
  }

  private struct Missing: Error {}
}
