import Catalog
import Testing

@testable import Reports

struct QueriesSectionTests {
  private func run(queries count: Int) throws -> FabricatedRun {
    var run = try FabricatedRun()
    for number in 0..<count {
      let query = run.add(query: "query \(number)")
      run.add(hits: (0..<5).map { ($0, Double(5 - $0)) }, .top, to: query)
    }
    return run
  }

  @Test func theFirstTwentyQueriesAreShownAndTheRestAnnounced() throws {
    let section = try #require(try run(queries: 23).document().queries)
    #expect(section.queries.count == 20)
    #expect(
      section.selection
        == "20 queries are shown; the run has 3 more. Choose with --queries: positions such as 0-9,17, or all.")
  }

  @Test func queriesAreChosenByPosition() throws {
    var options = ReportOptions()
    options.queries = try QuerySelection("21,0-1")
    let section = try #require(try run(queries: 23).document(options: options).queries)
    #expect(section.queries.map(\.anchor) == ["query-0", "query-1", "query-21"])
    options.queries = try QuerySelection("all")
    let all = try #require(try run(queries: 23).document(options: options).queries)
    #expect(all.queries.count == 23)
    #expect(all.selection == nil)
  }

  @Test func aQueryThatIsNotThereIsAnError() throws {
    var options = ReportOptions()
    options.queries = .positions([1, 3])
    #expect(throws: ReportError.noSuchQuery(position: 3, queryCount: 3)) {
      try run(queries: 3).document(options: options)
    }
    #expect(throws: ReportError.noSuchQuery(position: 1, queryCount: 0)) {
      try run(queries: 0).document(options: options)
    }
  }

  @Test(arguments: ["", "x", "1-", "-1", "3-2", "1,,2", "0-9999999999", "1-2-3", "All"])
  func whatIsNoSelectionIsRefused(text: String) {
    #expect(throws: ReportError.notASelection(text)) { try QuerySelection(text) }
  }

  @Test func noMoreDocumentsAreShownThanAskedFor() throws {
    var options = ReportOptions()
    options.hitsPerQuery = 2
    let query = try #require(try run(queries: 1).document(options: options).queries?.queries.first)
    #expect(query.strongest?.hits.map(\.rank.shown) == ["1", "2"])
    #expect(query.weakest == nil)
  }

  @Test(arguments: [
    ([2.0, 1.0], "Training on these lowers the query's loss the most."),
    ([2.0, -1.0], "Only the positive of these lower the query's loss."),
    ([0.0, -1.0], "None is positive: no document here lowers the query's loss."),
  ])
  func theHighestScoresAreReadBySign(scores: [Double], meaning: String) throws {
    var run = try FabricatedRun()
    let query = run.add(query: "q")
    run.add(hits: scores.enumerated().map { ($0, $1) }, .top, to: query)
    #expect(try run.document().queries?.queries[0].strongest?.meaning == meaning)
  }

  @Test(arguments: [
    ([-2.0, -1.0], "Training on these raises the query's loss the most."),
    ([-2.0, 1.0], "Only the negative of these raise the query's loss."),
    ([0.0, 1.0], "None is negative: even the lowest do not raise the query's loss."),
  ])
  func theLowestScoresAreReadBySign(scores: [Double], meaning: String) throws {
    var run = try FabricatedRun()
    let query = run.add(query: "q")
    run.add(hits: scores.enumerated().map { ($0, $1) }, .bottom, to: query)
    #expect(try run.document().queries?.queries[0].weakest?.meaning == meaning)
  }
}
